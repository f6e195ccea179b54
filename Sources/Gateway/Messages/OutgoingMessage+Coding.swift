import FoundationEssentials

extension OutgoingMessage {
    /// The JSON kept in the outbox. Fields may be added, never renamed: rows outlive versions.
    func encoded() throws -> String {
        String(decoding: try JSONEncoder().encode(self), as: UTF8.self)
    }

    init(encoded: String) throws {
        self = try JSONDecoder().decode(Self.self, from: Data(encoded.utf8))
    }
}
