import WAProto

/// Somebody pressed a button or chose a row of a list.
///
/// ```
/// 43 buttonsResponseMessage     { 1 selectedButtonID, 2 selectedDisplayText, 3 contextInfo, 4 type }
/// 39 listResponseMessage        { 1 title, 2 listType, 3 singleSelectReply { 1 selectedRowID }, 4 contextInfo, 5 description }
/// 29 templateButtonReplyMessage { 1 selectedID, 2 selectedDisplayText, 3 contextInfo, 4 selectedIndex }
/// 48 interactiveResponseMessage { 1 body { 1 text }, 2 nativeFlowResponseMessage { 1 name, 2 paramsJSON, 3 version }, 15 contextInfo }
/// ```
/// The message it answers is quoted in the context. Source: protocol reference 6.2.
package struct ChoiceContent: Equatable, Sendable {
    package enum Source: Equatable, Sendable {
        case buttons
        /// The text under the row's title.
        case list(description: String?)
        case template(index: Int)
        /// The flow's name and its answer, a JSON text.
        case nativeFlow(name: String, parameters: String)
    }

    /// The id of the button or row.
    package var id: String
    /// What stands on it.
    package var text: String
    package var source: Source
    package var context: MessageContext

    package init(id: String, text: String, source: Source = .buttons, context: MessageContext = .none) {
        self.id = id
        self.text = text
        self.source = source
        self.context = context
    }

    package var isFromList: Bool {
        if case .list = source { true } else { false }
    }

    init?(_ message: WAMessage) {
        if message.hasButtonsResponseMessage {
            let reply = message.buttonsResponseMessage
            self.init(
                id: reply.selectedButtonID, text: reply.selectedDisplayText,
                context: reply.hasContextInfo ? MessageContext(reply.contextInfo) : .none)
        } else if message.hasListResponseMessage {
            let reply = message.listResponseMessage
            self.init(
                id: reply.singleSelectReply.selectedRowID, text: reply.title,
                source: .list(description: reply.hasDescription_p ? reply.description_p : nil),
                context: reply.hasContextInfo ? MessageContext(reply.contextInfo) : .none)
        } else if message.hasTemplateButtonReplyMessage {
            let reply = message.templateButtonReplyMessage
            self.init(
                id: reply.selectedID, text: reply.selectedDisplayText, source: .template(index: Int(reply.selectedIndex)),
                context: reply.hasContextInfo ? MessageContext(reply.contextInfo) : .none)
        } else if message.hasInteractiveResponseMessage,
            case .nativeFlowResponseMessage(let flow)? = message.interactiveResponseMessage.interactiveResponseMessage
        {
            let reply = message.interactiveResponseMessage
            let parameters = FlowParameters(json: flow.paramsJson)
            self.init(
                id: parameters?.id ?? "", text: reply.body.text,
                source: .nativeFlow(name: flow.name, parameters: flow.paramsJson),
                context: reply.hasContextInfo ? MessageContext(reply.contextInfo) : .none)
        } else {
            return nil
        }
    }

    var message: WAMessage {
        var message = WAMessage()
        switch source {
        case .buttons:
            message.buttonsResponseMessage.selectedButtonID = id
            message.buttonsResponseMessage.selectedDisplayText = text
            message.buttonsResponseMessage.type = .displayText
            if let info = context.proto { message.buttonsResponseMessage.contextInfo = info }
        case .list(let description):
            message.listResponseMessage.title = text
            message.listResponseMessage.listType = .singleSelect
            message.listResponseMessage.singleSelectReply.selectedRowID = id
            if let description { message.listResponseMessage.description_p = description }
            if let info = context.proto { message.listResponseMessage.contextInfo = info }
        case .template(let index):
            message.templateButtonReplyMessage.selectedID = id
            message.templateButtonReplyMessage.selectedDisplayText = text
            message.templateButtonReplyMessage.selectedIndex = UInt32(clamping: index)
            if let info = context.proto { message.templateButtonReplyMessage.contextInfo = info }
        case .nativeFlow(let name, let parameters):
            message.interactiveResponseMessage.body.text = text
            message.interactiveResponseMessage.nativeFlowResponseMessage.name = name
            message.interactiveResponseMessage.nativeFlowResponseMessage.paramsJson = parameters
            message.interactiveResponseMessage.nativeFlowResponseMessage.version = 3
            if let info = context.proto { message.interactiveResponseMessage.contextInfo = info }
        }
        return message
    }
}
