import Storage

/// Makes the first API key of a fresh database (contract 1.2).
///
/// The operator's own (`API_MASTER_KEY`) is taken as it is, white space around it removed; else one is drawn at random,
/// written to a file only its owner can read, and shown once. When there is any key already, nothing changes.
package struct APIKeyBootstrap: Sendable {
    package enum Outcome: Sendable, Equatable {
        /// There are keys already.
        case existing
        /// The operator's key now is the first one.
        case adopted
        /// This key was drawn and written to the file.
        case generated(rawKey: String, file: String)
    }

    package enum Failure: Error, Equatable, Sendable, CustomStringConvertible {
        /// The key is one that everybody knows; choose another or leave the variable out.
        case placeholder(String)
        /// The key's file could not be written; the key was not kept either.
        case cannotWrite(file: String, reason: String)

        package var description: String {
            switch self {
            case .placeholder(let key):
                "API_MASTER_KEY is '\(key)', which is a known placeholder. Choose a long random key, or unset it to get one."
            case .cannotWrite(let file, let reason):
                "The first API key could not be written to \(file): \(reason)"
            }
        }
    }

    private let masterKey: String?
    private let file: String

    /// - Parameters:
    ///   - masterKey: `API_MASTER_KEY`; empty counts as unset.
    ///   - file: Where a generated key is written, e.g. `data/.api-key`.
    /// - Throws: `Failure.placeholder`, whether or not the key would be used: it must not be in the environment at all.
    package init(masterKey: String?, file: String) throws {
        let key = masterKey.map(Self.trimmed) ?? ""
        if Self.placeholders.contains(key.lowercased()) { throw Failure.placeholder(key) }
        self.masterKey = key.isEmpty ? nil : key
        self.file = file
    }

    /// The known secrets of examples, refused always.
    static let placeholders: Set<String> = [
        "openwa", "minioadmin", "your-secure-password", "dev-master-key", "dev-admin-key", "changeme", "change-me",
        "password", "secret", "admin", "123456", "qwerty", "root", "test", "demo", "your_api_key",
    ]

    /// The file is written first: a crash in between leaves a file that the next start replaces, never a lost key.
    func run(
        _ keyring: APIKeyring, hash: APIKeyHash, id: String, database: any SQLDatabase, nowMilliseconds: Int64
    ) async throws -> Outcome {
        guard keyring.isEmpty else { return .existing }
        let rawKey = masterKey ?? APIKeyHash.makeRawKey()
        if masterKey == nil { try APIKeyFile(path: file).write(rawKey) }
        let record = APIKeyRecord(
            id: id, name: "Default Admin Key", keyPrefix: APIKeyHash.prefix(of: rawKey), role: .admin,
            createdAtMilliseconds: nowMilliseconds)
        let key = APIKeyStore.Stored(record: record, hash: hash(rawKey))
        let revision = try await database.write { connection in
            try APIKeyStore.insert(key, on: connection)
            return keyring.nextRevision()
        }
        keyring.replace(with: [key], revision: revision)
        return masterKey == nil ? .generated(rawKey: rawKey, file: file) : .adopted
    }

    private static func trimmed(_ text: String) -> String {
        var text = Substring(text)
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }
}
