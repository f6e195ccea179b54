package import WABinary

/// A call between people, as the server knows it. There is no sound in the simulator.
final class Call {
    enum Answer: Equatable {
        case accepted(by: DeviceAddress)
        case rejected(by: DeviceAddress)
    }

    let id: String
    let caller: DeviceAddress
    /// Accounts that are called, without the caller's own.
    let callees: [String]
    /// The group that is called, if it is one.
    let group: JID?
    let isVideo: Bool
    let startedMilliseconds: Int64
    /// By account.
    var answers: [String: Answer] = [:]
    var end: (reason: String?, milliseconds: Int64)?

    init(
        id: String, caller: DeviceAddress, callees: [String], group: JID?, isVideo: Bool, startedMilliseconds: Int64
    ) {
        self.id = id
        self.caller = caller
        self.callees = callees
        self.group = group
        self.isVideo = isVideo
        self.startedMilliseconds = startedMilliseconds
    }

    func concerns(_ number: String) -> Bool { caller.number == number || callees.contains(number) }

    var isOver: Bool { end != nil }
}

/// A call as one account sees it.
package struct ShownCall: Sendable, Equatable {
    package enum State: String, Sendable, CaseIterable { case ringing, accepted, rejected, ended }

    package let id: String
    /// The account that calls.
    package let from: String
    /// The group that is called, or the other account's address.
    package let chat: JID
    package let isVideo: Bool
    package let isIncoming: Bool
    package let state: State
    /// Why it ended, such as `timeout`.
    package let reason: String?
    /// The device that accepted or rejected: of this account, or of the other for whoever calls.
    package let answeredBy: DeviceAddress?
    package let startedMilliseconds: Int64
    package let endedMilliseconds: Int64?

    /// - Parameter peer: the address of the other account, where no group is called.
    init(_ call: Call, for number: String, peer: JID) {
        let isIncoming = call.caller.number != number
        let answers =
            isIncoming ? call.answers[number].map { [$0] } ?? [] : call.callees.compactMap { call.answers[$0] }
        let accepted = answers.compactMap { if case .accepted(let device) = $0 { device } else { nil } }.first
        let rejected = answers.compactMap { if case .rejected(let device) = $0 { device } else { nil } }
        let isRejected = accepted == nil && !rejected.isEmpty && (isIncoming || rejected.count == call.callees.count)
        id = call.id
        from = call.caller.number
        chat = call.group ?? peer
        isVideo = call.isVideo
        self.isIncoming = isIncoming
        state = isRejected ? .rejected : call.isOver ? .ended : accepted != nil ? .accepted : .ringing
        reason = call.end?.reason
        answeredBy = accepted ?? (isRejected ? rejected.first : nil)
        startedMilliseconds = call.startedMilliseconds
        endedMilliseconds = call.end?.milliseconds
    }
}
