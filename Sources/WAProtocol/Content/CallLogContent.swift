package import WABinary
import WAProto

/// A call as it stands in the chat when it is over.
///
/// ```
/// 69 callLogMessage { 1 isVideo, 2 callOutcome, 3 durationSecs, 4 callType, 5 participants[] { 1 JID, 2 callOutcome } }
/// ```
/// Source: the protobuf table of the protocol reference.
package struct CallLogContent: Equatable, Sendable {
    package enum Outcome: Equatable, Sendable {
        case connected, missed, failed, rejected, acceptedElsewhere, ongoing, silenced
    }

    package struct Participant: Equatable, Sendable {
        package var person: JID
        package var outcome: Outcome

        package init(person: JID, outcome: Outcome) {
            self.person = person
            self.outcome = outcome
        }
    }

    package var isVideo: Bool
    package var outcome: Outcome
    package var durationSeconds: Int64?
    package var participants: [Participant]

    /// As many as a large group has members; of more the rest is not read.
    private static let maximumParticipants = 1_024

    package init(isVideo: Bool, outcome: Outcome, durationSeconds: Int64? = nil, participants: [Participant] = []) {
        self.isVideo = isVideo
        self.outcome = outcome
        self.durationSeconds = durationSeconds
        self.participants = participants
    }

    init?(_ message: WAMessage) {
        guard message.hasCallLogMessage else { return nil }
        let call = message.callLogMessage
        self.init(
            isVideo: call.isVideo, outcome: Outcome(call.callOutcome),
            durationSeconds: call.hasDurationSecs ? WireTime.seconds(call.durationSecs) : nil,
            participants: call.participants.prefix(Self.maximumParticipants).compactMap { participant in
                JID(participant.jid).map { Participant(person: $0.account, outcome: Outcome(participant.callOutcome)) }
            })
    }

    var message: WAMessage {
        var call = WACallLogMessage()
        call.isVideo = isVideo
        call.callOutcome = outcome.proto
        if let durationSeconds { call.durationSecs = durationSeconds }
        call.participants = participants.map { participant in
            var proto = WACallLogMessage.CallParticipant()
            proto.jid = participant.person.account.description
            proto.callOutcome = participant.outcome.proto
            return proto
        }
        var message = WAMessage()
        message.callLogMessage = call
        return message
    }
}

extension CallLogContent.Outcome {
    fileprivate init(_ outcome: WACallLogMessage.CallOutcome) {
        switch outcome {
        case .connected: self = .connected
        case .missed: self = .missed
        case .failed: self = .failed
        case .rejected: self = .rejected
        case .acceptedElsewhere: self = .acceptedElsewhere
        case .ongoing: self = .ongoing
        case .silencedByDnd, .silencedUnknownCaller: self = .silenced
        }
    }

    fileprivate var proto: WACallLogMessage.CallOutcome {
        switch self {
        case .connected: .connected
        case .missed: .missed
        case .failed: .failed
        case .rejected: .rejected
        case .acceptedElsewhere: .acceptedElsewhere
        case .ongoing: .ongoing
        case .silenced: .silencedByDnd
        }
    }
}
