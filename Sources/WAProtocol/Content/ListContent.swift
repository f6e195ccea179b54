import WAProto

/// A menu behind a button, as businesses send it.
///
/// ```
/// 36 listMessage { 1 title, 2 description, 3 buttonText, 4 listType, 5 sections[] { 1 title, 2 rows[] { 1 title, 2 description, 3 rowID } },
///                  7 footerText, 8 contextInfo }
/// ```
/// Source: protocol reference 6.2.
package struct ListContent: Equatable, Sendable {
    package struct Row: Equatable, Sendable {
        package var id: String
        package var title: String
        package var description: String?

        package init(id: String, title: String, description: String? = nil) {
            self.id = id
            self.title = title
            self.description = description
        }
    }

    package struct Section: Equatable, Sendable {
        package var title: String
        package var rows: [Row]

        package init(title: String, rows: [Row]) {
            self.title = title
            self.rows = rows
        }
    }

    package var title: String?
    package var text: String
    package var buttonText: String
    package var footer: String?
    package var sections: [Section]
    package var context: MessageContext

    /// Phones show ten rows; of more sections or rows the rest is not read.
    private static let maximumSections = 64
    private static let maximumRows = 64

    package init(
        title: String? = nil, text: String, buttonText: String, footer: String? = nil, sections: [Section],
        context: MessageContext = .none
    ) {
        self.title = title
        self.text = text
        self.buttonText = buttonText
        self.footer = footer
        self.sections = sections
        self.context = context
    }

    init?(_ message: WAMessage) {
        guard message.hasListMessage else { return nil }
        let list = message.listMessage
        self.init(
            title: list.hasTitle ? list.title : nil, text: list.description_p, buttonText: list.buttonText,
            footer: list.hasFooterText ? list.footerText : nil,
            sections: list.sections.prefix(Self.maximumSections).map { section in
                Section(
                    title: section.title,
                    rows: section.rows.prefix(Self.maximumRows).map { row in
                        Row(id: row.rowID, title: row.title, description: row.hasDescription_p ? row.description_p : nil)
                    })
            },
            context: list.hasContextInfo ? MessageContext(list.contextInfo) : .none)
    }

    var message: WAMessage {
        var list = WAListMessage()
        if let title { list.title = title }
        list.description_p = text
        list.buttonText = buttonText
        list.listType = .singleSelect
        list.sections = sections.map { section in
            var proto = WAListMessage.Section()
            proto.title = section.title
            proto.rows = section.rows.map { row in
                var proto = WAListMessage.Row()
                proto.title = row.title
                if let description = row.description { proto.description_p = description }
                proto.rowID = row.id
                return proto
            }
            return proto
        }
        if let footer { list.footerText = footer }
        if let info = context.proto { list.contextInfo = info }
        var message = WAMessage()
        message.listMessage = list
        return message
    }
}
