/// A text with placeholders, kept for a session.
package struct TemplateRecord: Sendable, Equatable {
    package let id: String
    package let sessionID: String
    package var name: String
    package var body: String
    package var header: String?
    package var footer: String?
    package let createdAtMilliseconds: Int64
    package var updatedAtMilliseconds: Int64

    /// Header, body and footer, as far as there are any, each rendered, with a blank line between (contract 3.3).
    func rendered(
        _ values: [String: String], limit: Int
    ) throws(PlaceholderRenderer.TooLong) -> String {
        let parts = [header, body, footer].compactMap(\.self).filter { !$0.isEmpty }
        return try PlaceholderRenderer.render(parts, joinedBy: "\n\n", values, limit: limit)
    }
}

/// What a caller says of a template; in a change, what is nil stays.
package struct TemplateDraft: Sendable, Equatable {
    /// A new value, or none at all.
    package enum Change: Sendable, Equatable {
        case keep
        case clear
        case set(String)
    }

    package var name: String?
    package var body: String?
    package var header: Change
    package var footer: Change

    package init(name: String? = nil, body: String? = nil, header: Change = .keep, footer: Change = .keep) {
        self.name = name
        self.body = body
        self.header = header
        self.footer = footer
    }
}

extension TemplateDraft.Change {
    func applied(to value: String?) -> String? {
        switch self {
        case .keep: value
        case .clear: nil
        case .set(let text): text
        }
    }
}

/// How a caller names a template.
package enum TemplateName: Sendable, Equatable {
    case id(String)
    case name(String)

    package var text: String {
        switch self {
        case .id(let text), .name(let text): text
        }
    }
}
