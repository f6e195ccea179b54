import FoundationEssentials

/// The JSON of `w:mex` queries, as far as it is looked at: `{"variables": {…}}`.
struct MexQuestion: Decodable {
    struct Wish: Decodable {
        let key: String?
        let name: String?
        let description: String?
        /// Base64; empty takes it away.
        let picture: String?
        let newsletterID: String?
        let groupJID: String?
        let limit: Int?
        let count: Int?
        let text: String?

        private enum CodingKeys: String, CodingKey {
            case key, name, description, picture, limit, count, text
            case newsletterID = "newsletter_id"
            case groupJID = "group_jid"
        }
    }

    /// Of a group.
    struct Update: Decodable {
        let memberLinkMode: String?

        private enum CodingKeys: String, CodingKey { case memberLinkMode = "member_link_mode" }
    }

    struct Variables: Decodable {
        let newsletterID: String?
        let userID: String?
        let groupID: String?
        let update: Update?
        let input: Wish?
        let newsletterInput: Wish?
        let updates: Wish?

        private enum CodingKeys: String, CodingKey {
            case input, update, updates
            case groupID = "group_id"
            case newsletterID = "newsletter_id"
            case userID = "user_id"
            case newsletterInput = "newsletter_input"
        }
    }

    let variables: Variables
}

/// The JSON of their answers, and of what the server tells unasked.
enum MexAnswer: Encodable {
    /// `{"data": {name: value}}`
    case data(String, any Encodable)
    /// `{"errors": [{"message", "extensions": {"error_code"}}]}`
    case failure(code: Int, String)

    static var notFound: MexAnswer { .failure(code: 404, "Not Found") }
    static var forbidden: MexAnswer { .failure(code: 403, "Forbidden") }
    static var badRequest: MexAnswer { .failure(code: 400, "Bad Request") }

    private struct Name: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }

        init(_ name: String) { stringValue = name }
        init?(stringValue: String) { self.init(stringValue) }
        init?(intValue: Int) { nil }
    }

    private struct Failure: Encodable {
        struct Extensions: Encodable {
            let errorCode: Int

            private enum CodingKeys: String, CodingKey { case errorCode = "error_code" }
        }

        let message: String
        let extensions: Extensions
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Name.self)
        switch self {
        case .data(let name, let value):
            var data = container.nestedContainer(keyedBy: Name.self, forKey: Name("data"))
            try data.encode(value, forKey: Name(name))
        case .failure(let code, let message):
            try container.encode(
                [Failure(message: message, extensions: .init(errorCode: code))], forKey: Name("errors"))
        }
    }

    var json: [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        return (try? encoder.encode(self)).map { [UInt8]($0) } ?? []
    }
}
