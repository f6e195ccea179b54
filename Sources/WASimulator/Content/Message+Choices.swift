import FoundationEssentials
import WAProto

/// Buttons, lists, templates and native flows: four ways to let people choose, and the four replies. Reference 6.2.
extension WAMessage {
    // MARK: - Read

    var choices: Choices? {
        if hasButtonsMessage { return buttonsMessage.choices }
        if hasListMessage { return listMessage.choices }
        if hasTemplateMessage { return templateMessage.choices }
        return hasInteractiveMessage ? interactiveMessage.choices : nil
    }

    var choice: Choice? {
        if hasButtonsResponseMessage {
            return Choice(
                form: .buttons, id: buttonsResponseMessage.selectedButtonID,
                text: buttonsResponseMessage.selectedDisplayText, description: nil)
        }
        if hasListResponseMessage {
            return Choice(
                form: .list, id: listResponseMessage.singleSelectReply.selectedRowID, text: listResponseMessage.title,
                description: listResponseMessage.hasDescription_p ? listResponseMessage.description_p : nil)
        }
        if hasTemplateButtonReplyMessage {
            return Choice(
                form: .template, id: templateButtonReplyMessage.selectedID,
                text: templateButtonReplyMessage.selectedDisplayText, description: nil)
        }
        guard hasInteractiveResponseMessage else { return nil }
        let parameters = FlowParameters(interactiveResponseMessage.nativeFlowResponseMessage.paramsJson)
        return Choice(
            form: .interactive, id: parameters?.id ?? "", text: interactiveResponseMessage.body.text, description: nil)
    }

    // MARK: - Made

    mutating func set(_ choices: Choices) {
        switch choices.form {
        case .buttons: buttonsMessage = WAButtonsMessage(choices)
        case .list: listMessage = WAListMessage(choices)
        case .template: templateMessage = WATemplateMessage(choices)
        case .interactive: interactiveMessage = WAInteractiveMessage(choices)
        }
    }

    /// The reply that chooses a row; which of the four it is follows from where the row stands.
    mutating func choose(_ row: Choices.Row, in choices: Choices) {
        switch choices.form {
        case .buttons:
            buttonsResponseMessage.selectedButtonID = row.id
            buttonsResponseMessage.selectedDisplayText = row.text
            buttonsResponseMessage.type = .displayText
        case .list:
            listResponseMessage.title = row.text
            listResponseMessage.listType = .singleSelect
            listResponseMessage.singleSelectReply.selectedRowID = row.id
            if let description = row.description { listResponseMessage.description_p = description }
        case .template:
            templateButtonReplyMessage.selectedID = row.id
            templateButtonReplyMessage.selectedDisplayText = row.text
            templateButtonReplyMessage.selectedIndex = UInt32(choices.rows.firstIndex(of: row) ?? 0)
        case .interactive:
            interactiveResponseMessage.body.text = row.text
            interactiveResponseMessage.nativeFlowResponseMessage.name = "menu_options"
            interactiveResponseMessage.nativeFlowResponseMessage.paramsJson = FlowParameters(id: row.id).json
            interactiveResponseMessage.nativeFlowResponseMessage.version = 3
        }
    }
}

/// `{"display_text", "id"}`, as quick replies of a native flow name themselves, and `{"id"}`, as replies do.
private struct FlowParameters: Codable {
    var displayText: String?
    var id: String?

    private enum CodingKeys: String, CodingKey {
        case displayText = "display_text"
        case id
    }

    init(displayText: String? = nil, id: String) {
        self.displayText = displayText
        self.id = id
    }

    init?(_ json: String) {
        guard let read = try? JSONDecoder().decode(Self.self, from: Data(json.utf8)) else { return nil }
        self = read
    }

    var json: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
    }
}

extension WAButtonsMessage {
    fileprivate init(_ choices: Choices) {
        self.init()
        contentText = choices.text ?? ""
        if let footer = choices.footer { footerText = footer }
        headerType = .empty
        buttons = choices.rows.map { row in
            var button = Button()
            button.buttonID = row.id
            button.buttonText.displayText = row.text
            button.type = .response
            return button
        }
    }

    fileprivate var choices: Choices {
        var choices = Choices(
            .buttons, sections: [.init(rows: buttons.map { .init(id: $0.buttonID, text: $0.buttonText.displayText) })])
        choices.text = hasContentText ? contentText : nil
        choices.footer = hasFooterText ? footerText : nil
        return choices
    }
}

extension WAListMessage {
    fileprivate init(_ choices: Choices) {
        self.init()
        title = choices.title ?? ""
        if let text = choices.text { description_p = text }
        if let footer = choices.footer { footerText = footer }
        buttonText = choices.buttonText ?? "…"
        listType = .singleSelect
        sections = choices.sections.map { section in
            var made = Section()
            if let title = section.title { made.title = title }
            made.rows = section.rows.map { row in
                var made = Row()
                made.rowID = row.id
                made.title = row.text
                if let description = row.description { made.description_p = description }
                return made
            }
            return made
        }
    }

    fileprivate var choices: Choices {
        var choices = Choices(
            .list,
            sections: sections.map { section in
                .init(
                    title: section.hasTitle ? section.title : nil,
                    rows: section.rows.map {
                        .init(
                            id: $0.rowID, text: $0.title,
                            description: $0.hasDescription_p ? $0.description_p : nil)
                    })
            })
        choices.title = hasTitle ? title : nil
        choices.text = hasDescription_p ? description_p : nil
        choices.footer = hasFooterText ? footerText : nil
        choices.buttonText = hasButtonText ? buttonText : nil
        return choices
    }
}

extension WATemplateMessage {
    fileprivate init(_ choices: Choices) {
        self.init()
        hydratedTemplate.hydratedContentText = choices.text ?? ""
        if let title = choices.title { hydratedTemplate.hydratedTitleText = title }
        if let footer = choices.footer { hydratedTemplate.hydratedFooterText = footer }
        hydratedTemplate.hydratedButtons = choices.rows.enumerated().map { index, row in
            var button = WAHydratedTemplateButton()
            button.index = UInt32(index)
            button.quickReplyButton.id = row.id
            button.quickReplyButton.displayText = row.text
            return button
        }
    }

    fileprivate var choices: Choices {
        let rows = hydratedTemplate.hydratedButtons.map { button -> Choices.Row in
            switch button.hydratedButton {
            case .quickReplyButton(let reply)?: .init(id: reply.id, text: reply.displayText)
            case .urlButton(let link)?: .init(id: link.url, text: link.displayText)
            case .callButton(let call)?: .init(id: call.phoneNumber, text: call.displayText)
            case nil: .init(id: "", text: "")
            }
        }
        var choices = Choices(.template, sections: [.init(rows: rows)])
        choices.text = hydratedTemplate.hasHydratedContentText ? hydratedTemplate.hydratedContentText : nil
        choices.footer = hydratedTemplate.hasHydratedFooterText ? hydratedTemplate.hydratedFooterText : nil
        if case .hydratedTitleText(let title)? = hydratedTemplate.title { choices.title = title }
        return choices
    }
}

extension WAInteractiveMessage {
    fileprivate init(_ choices: Choices) {
        self.init()
        body.text = choices.text ?? ""
        if let title = choices.title { header.title = title }
        if let footer = choices.footer { self.footer.text = footer }
        nativeFlowMessage.messageVersion = 1
        nativeFlowMessage.buttons = choices.rows.map { row in
            var button = NativeFlowMessage.NativeFlowButton()
            button.name = "quick_reply"
            button.buttonParamsJson = FlowParameters(displayText: row.text, id: row.id).json
            return button
        }
    }

    fileprivate var choices: Choices {
        let rows = nativeFlowMessage.buttons.map { button -> Choices.Row in
            let parameters = FlowParameters(button.buttonParamsJson)
            return .init(id: parameters?.id ?? "", text: parameters?.displayText ?? button.name)
        }
        var choices = Choices(.interactive, sections: [.init(rows: rows)])
        choices.text = body.hasText ? body.text : nil
        choices.title = header.hasTitle ? header.title : nil
        choices.footer = footer.hasText ? footer.text : nil
        return choices
    }
}
