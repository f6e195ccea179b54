import WABinary
import WAProto

/// Something that will take place, to which people say whether they come.
///
/// ```
/// 75 eventMessage { 1 contextInfo, 2 isCanceled, 3 name, 4 description, 5 location, 6 joinLink, 7 startTime, 8 endTime,
///                   9 extraGuestsAllowed, 10 isScheduleCall }
/// ```
/// Answers are sealed with the message's secret, so an event never goes out without one. Source: protocol reference 6.2.
package struct EventContent: Equatable, Sendable {
    package var name: String
    package var description: String?
    /// Unix seconds.
    package var startSeconds: Int64?
    package var endSeconds: Int64?
    package var location: LocationContent?
    package var joinLink: String?
    package var isCanceled: Bool
    package var allowsExtraGuests: Bool
    package var isCall: Bool
    package var context: MessageContext

    package init(
        name: String, description: String? = nil, startSeconds: Int64? = nil, endSeconds: Int64? = nil,
        location: LocationContent? = nil, joinLink: String? = nil, isCanceled: Bool = false,
        allowsExtraGuests: Bool = false, isCall: Bool = false, context: MessageContext = .none
    ) {
        self.name = name
        self.description = description
        self.startSeconds = startSeconds
        self.endSeconds = endSeconds
        self.location = location
        self.joinLink = joinLink
        self.isCanceled = isCanceled
        self.allowsExtraGuests = allowsExtraGuests
        self.isCall = isCall
        self.context = context
    }

    init?(_ message: WAMessage) {
        guard message.hasEventMessage else { return nil }
        let event = message.eventMessage
        self.init(
            name: event.name, description: event.hasDescription_p ? event.description_p : nil,
            startSeconds: event.hasStartTime ? WireTime.seconds(event.startTime) : nil,
            endSeconds: event.hasEndTime ? WireTime.seconds(event.endTime) : nil,
            location: event.hasLocation ? LocationContent(event.location) : nil,
            joinLink: event.hasJoinLink ? event.joinLink : nil, isCanceled: event.isCanceled,
            allowsExtraGuests: event.extraGuestsAllowed, isCall: event.isScheduleCall,
            context: event.hasContextInfo ? MessageContext(event.contextInfo) : .none)
    }

    var message: WAMessage {
        var event = WAEventMessage()
        if let info = context.proto { event.contextInfo = info }
        event.isCanceled = isCanceled
        event.name = name
        if let description { event.description_p = description }
        if let location { event.location = location.proto }
        if let joinLink { event.joinLink = joinLink }
        if let startSeconds { event.startTime = startSeconds }
        if let endSeconds { event.endTime = endSeconds }
        event.extraGuestsAllowed = allowsExtraGuests
        event.isScheduleCall = isCall
        var message = WAMessage()
        message.eventMessage = event
        return message
    }
}

/// Whether somebody comes to an event.
///
/// ```
/// 76 encEventResponseMessage { 1 eventCreationMessageKey, 2 encPayload, 3 encIV }
/// encPayload = EventResponseMessage { 1 response, 2 timestampMS, 3 extraGuestCount }, sealed with the event's secret
/// ```
/// It comes sealed (``SealedAddition``); we do not send it. Source: protocol reference 5.16.
package struct EventResponseContent: Equatable, Sendable {
    package enum Answer: Equatable, Sendable { case going, notGoing, maybe }

    /// The event.
    package var key: MessageKey
    package var answer: Answer
    package var extraGuestCount: Int
    package var sentAtMilliseconds: Int64

    package init(key: MessageKey, answer: Answer, extraGuestCount: Int = 0, sentAtMilliseconds: Int64) {
        self.key = key
        self.answer = answer
        self.extraGuestCount = extraGuestCount
        self.sentAtMilliseconds = sentAtMilliseconds
    }

    /// Nil when the opened bytes are no answer we know.
    init?(key: MessageKey, opened: [UInt8]) {
        guard let response = try? WAEventResponseMessage(decoding: opened) else { return nil }
        let answer: Answer
        switch response.response {
        case .going: answer = .going
        case .notGoing: answer = .notGoing
        case .maybe: answer = .maybe
        case .unknown: return nil
        }
        self.init(
            key: key, answer: answer, extraGuestCount: Int(max(0, response.extraGuestCount)),
            sentAtMilliseconds: WireTime.milliseconds(response.timestampMs))
    }

    /// Without the answer, which only the event's secret can seal.
    var message: WAMessage {
        var message = WAMessage()
        message.encEventResponseMessage.eventCreationMessageKey = key.proto
        return message
    }
}
