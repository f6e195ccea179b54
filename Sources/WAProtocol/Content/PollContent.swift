import WAProto

/// A question with answers to choose from.
///
/// ```
/// 49 pollCreationMessage | 64 pollCreationMessageV3 { 2 name, 3 options[] { 1 optionName }, 4 selectableOptionsCount, 5 contextInfo }
/// ```
/// Phones use 64 for a single choice and 49 otherwise. Votes are encrypted with the message's secret, so a poll never
/// goes out without one. Source: protocol reference 5.16.
package struct PollContent: Equatable, Sendable {
    package var name: String
    package var options: [String]
    /// How many may be chosen; 0 means any number.
    package var selectableCount: Int
    package var context: MessageContext

    package init(name: String, options: [String], selectableCount: Int, context: MessageContext = .none) {
        self.name = name
        self.options = options
        self.selectableCount = selectableCount
        self.context = context
    }

    init?(_ message: WAMessage) {
        guard let poll = Self.poll(in: message) else { return nil }
        self.init(
            name: poll.name, options: poll.options.map(\.optionName),
            selectableCount: Int(poll.selectableOptionsCount),
            context: poll.hasContextInfo ? MessageContext(poll.contextInfo) : .none)
    }

    var message: WAMessage {
        var poll = WAPollCreationMessage()
        poll.name = name
        poll.options = options.map { name in
            var option = WAPollCreationMessage.Option()
            option.optionName = name
            return option
        }
        poll.selectableOptionsCount = UInt32(clamping: selectableCount)
        if let info = context.proto { poll.contextInfo = info }
        var message = WAMessage()
        if selectableCount == 1 {
            message.pollCreationMessageV3 = poll
        } else {
            message.pollCreationMessage = poll
        }
        return message
    }

    private static func poll(in message: WAMessage) -> WAPollCreationMessage? {
        if message.hasPollCreationMessage { return message.pollCreationMessage }
        if message.hasPollCreationMessageV2 { return message.pollCreationMessageV2 }
        if message.hasPollCreationMessageV3 { return message.pollCreationMessageV3 }
        if message.hasPollCreationMessageV5 { return message.pollCreationMessageV5 }
        if message.hasPollCreationMessageV6 { return message.pollCreationMessageV6 }
        return nil
    }
}
