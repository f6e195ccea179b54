import FoundationEssentials
import WAProto

/// A text with buttons under it, as businesses send it.
///
/// ```
/// 42 buttonsMessage     { 6 contentText, 7 footerText, 8 contextInfo, 9 buttons[] { 1 buttonID, 2 buttonText { 1 displayText } } }
/// 25 templateMessage    { 3 contextInfo, 4 hydratedTemplate { 2 title, 6 content, 7 footer, 8 buttons[] { 1 reply | 2 url | 3 call } } }
/// 45 interactiveMessage { 1 header { 1 title }, 2 body { 1 text }, 3 footer { 1 text },
///                         6 nativeFlowMessage { 1 buttons[] { 1 name, 2 buttonParamsJSON } }, 15 contextInfo }
/// ```
/// Source: protocol reference 6.2.
package struct ButtonsContent: Equatable, Sendable {
    /// Which of the three it is on the wire.
    package enum Shape: Equatable, Sendable { case buttons, template, nativeFlow }

    package struct Button: Equatable, Sendable {
        package enum Kind: Equatable, Sendable {
            /// Answers with its id.
            case reply
            case url(String)
            case call(phoneNumber: String)
            /// A native flow of this name; what it does is in its parameters, a JSON text.
            case flow(name: String, parameters: String)
        }

        /// What a ``ChoiceContent`` names when it is pressed; empty for links and calls.
        package var id: String
        package var text: String
        package var kind: Kind

        package init(id: String, text: String, kind: Kind = .reply) {
            self.id = id
            self.text = text
            self.kind = kind
        }
    }

    package var shape: Shape
    package var title: String?
    package var text: String
    package var footer: String?
    package var buttons: [Button]
    package var context: MessageContext

    /// Phones show ten at most; of more the rest is not read.
    private static let maximumButtons = 64

    package init(
        shape: Shape = .buttons, title: String? = nil, text: String, footer: String? = nil, buttons: [Button],
        context: MessageContext = .none
    ) {
        self.shape = shape
        self.title = title
        self.text = text
        self.footer = footer
        self.buttons = buttons
        self.context = context
    }

    init?(_ message: WAMessage) {
        if message.hasButtonsMessage {
            let part = message.buttonsMessage
            self.init(
                text: part.contentText, footer: part.hasFooterText ? part.footerText : nil,
                buttons: part.buttons.prefix(Self.maximumButtons).map {
                    Button(id: $0.buttonID, text: $0.buttonText.displayText)
                },
                context: part.hasContextInfo ? MessageContext(part.contextInfo) : .none)
        } else if message.hasTemplateMessage, message.templateMessage.hasHydratedTemplate {
            let (part, template) = (message.templateMessage, message.templateMessage.hydratedTemplate)
            self.init(
                shape: .template, title: template.hydratedTitleText.isEmpty ? nil : template.hydratedTitleText,
                text: template.hydratedContentText, footer: template.hasHydratedFooterText ? template.hydratedFooterText : nil,
                buttons: template.hydratedButtons.prefix(Self.maximumButtons).compactMap(Button.init),
                context: part.hasContextInfo ? MessageContext(part.contextInfo) : .none)
        } else if message.hasInteractiveMessage, case .nativeFlowMessage(let flow)? = message.interactiveMessage.interactiveMessage {
            let part = message.interactiveMessage
            self.init(
                shape: .nativeFlow, title: part.header.title.isEmpty ? nil : part.header.title, text: part.body.text,
                footer: part.hasFooter ? part.footer.text : nil,
                buttons: flow.buttons.prefix(Self.maximumButtons).map(Button.init),
                context: part.hasContextInfo ? MessageContext(part.contextInfo) : .none)
        } else {
            return nil
        }
    }

    var message: WAMessage {
        var message = WAMessage()
        switch shape {
        case .buttons: message.buttonsMessage = buttonsMessage
        case .template: message.templateMessage = template
        case .nativeFlow: message.interactiveMessage = interactive
        }
        return message
    }

    private var buttonsMessage: WAButtonsMessage {
        var part = WAButtonsMessage()
        part.contentText = text
        if let footer { part.footerText = footer }
        part.buttons = buttons.map { button in
            var proto = WAButtonsMessage.Button()
            proto.buttonID = button.id
            proto.buttonText.displayText = button.text
            proto.type = .response
            return proto
        }
        part.headerType = .empty
        if let info = context.proto { part.contextInfo = info }
        return part
    }

    private var template: WATemplateMessage {
        var part = WATemplateMessage()
        if let title { part.hydratedTemplate.hydratedTitleText = title }
        part.hydratedTemplate.hydratedContentText = text
        if let footer { part.hydratedTemplate.hydratedFooterText = footer }
        part.hydratedTemplate.hydratedButtons = buttons.enumerated().map { index, button in
            var proto = WAHydratedTemplateButton()
            proto.index = UInt32(clamping: index)
            switch button.kind {
            case .url(let url):
                proto.urlButton.displayText = button.text
                proto.urlButton.url = url
            case .call(let number):
                proto.callButton.displayText = button.text
                proto.callButton.phoneNumber = number
            case .reply, .flow:
                proto.quickReplyButton.displayText = button.text
                proto.quickReplyButton.id = button.id
            }
            return proto
        }
        if let info = context.proto { part.contextInfo = info }
        return part
    }

    private var interactive: WAInteractiveMessage {
        var part = WAInteractiveMessage()
        if let title { part.header.title = title }
        part.body.text = text
        if let footer { part.footer.text = footer }
        part.nativeFlowMessage.buttons = buttons.map { button in
            var proto = WAInteractiveMessage.NativeFlowMessage.NativeFlowButton()
            if case .flow(let name, let parameters) = button.kind {
                proto.name = name
                proto.buttonParamsJson = parameters
            } else {
                proto.name = "quick_reply"
                proto.buttonParamsJson = FlowParameters(id: button.id, display_text: button.text).json
            }
            return proto
        }
        part.nativeFlowMessage.messageVersion = 1
        if let info = context.proto { part.contextInfo = info }
        return part
    }
}

extension ButtonsContent.Button {
    fileprivate init?(_ button: WAHydratedTemplateButton) {
        switch button.hydratedButton {
        case .quickReplyButton(let reply)?: self.init(id: reply.id, text: reply.displayText)
        case .urlButton(let link)?: self.init(id: "", text: link.displayText, kind: .url(link.url))
        case .callButton(let call)?:
            self.init(id: "", text: call.displayText, kind: .call(phoneNumber: call.phoneNumber))
        case nil: return nil
        }
    }

    /// Its id and text are in its parameters, by the names every flow uses for them.
    fileprivate init(_ button: WAInteractiveMessage.NativeFlowMessage.NativeFlowButton) {
        let parameters = FlowParameters(json: button.buttonParamsJson)
        self.init(
            id: parameters?.id ?? "", text: parameters?.display_text ?? parameters?.title ?? "",
            kind: .flow(name: button.name, parameters: button.buttonParamsJson))
    }
}

/// What is common to the parameters of native flow buttons and of the answers to them, under the names of the wire.
struct FlowParameters: Codable {
    var id: String?
    var display_text: String?
    var title: String?

    init(id: String?, display_text: String?) {
        self.id = id
        self.display_text = display_text
    }

    /// A text with parameters is short; a longer one is not read.
    private static let maximumByteCount = 65_536

    init?(json: String) {
        guard json.utf8.count <= Self.maximumByteCount,
            let parameters = try? JSONDecoder().decode(FlowParameters.self, from: Data(json.utf8))
        else { return nil }
        self = parameters
    }

    var json: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
    }
}
