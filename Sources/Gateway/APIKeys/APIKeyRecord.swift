/// What a caller may reach with a key; a higher role includes the lower ones (contract 1.3).
package enum APIKeyRole: String, Sendable, CaseIterable, Codable, Comparable {
    /// Reads.
    case viewer
    /// Sends, session lifecycle, contacts, QR.
    case `operator`
    /// Keys, settings, statistics of the whole server.
    case admin

    private var rank: Int {
        switch self {
        case .viewer: 1
        case .operator: 2
        case .admin: 3
        }
    }

    package static func < (left: Self, right: Self) -> Bool { left.rank < right.rank }
}

/// One API key without its secret (contract 1.2–1.5).
package struct APIKeyRecord: Sendable, Equatable {
    /// A lower-case UUID.
    package let id: String
    package var name: String
    /// The first 12 characters of the raw key, to recognise it by.
    package let keyPrefix: String
    package var role: APIKeyRole
    /// IPv4 addresses and CIDR ranges; empty allows every address.
    package var allowedIPs: [String]
    /// Session ids; empty allows every session.
    package var allowedSessions: [String]
    /// False once the key is revoked.
    package var isActive: Bool
    package var expiresAtMilliseconds: Int64?
    package var lastUsedAtMilliseconds: Int64?
    /// How many requests were accepted with this key.
    package var usageCount: Int64
    package let createdAtMilliseconds: Int64

    package init(
        id: String, name: String, keyPrefix: String, role: APIKeyRole, allowedIPs: [String] = [],
        allowedSessions: [String] = [], isActive: Bool = true, expiresAtMilliseconds: Int64? = nil,
        lastUsedAtMilliseconds: Int64? = nil, usageCount: Int64 = 0, createdAtMilliseconds: Int64
    ) {
        self.id = id
        self.name = name
        self.keyPrefix = keyPrefix
        self.role = role
        self.allowedIPs = allowedIPs
        self.allowedSessions = allowedSessions
        self.isActive = isActive
        self.expiresAtMilliseconds = expiresAtMilliseconds
        self.lastUsedAtMilliseconds = lastUsedAtMilliseconds
        self.usageCount = usageCount
        self.createdAtMilliseconds = createdAtMilliseconds
    }

    /// Whether the key's end has come; an expired key answers 401.
    package func isExpired(atMilliseconds now: Int64) -> Bool {
        expiresAtMilliseconds.map { $0 < now } ?? false
    }
}
