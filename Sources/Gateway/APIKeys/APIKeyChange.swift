/// What a new key is to be (contract 1.5).
package struct APIKeyDraft: Sendable, Equatable {
    package var name: String
    package var role: APIKeyRole
    /// IPv4 addresses and CIDR ranges; empty allows every address.
    package var allowedIPs: [String]
    /// Sessions by id or name; empty allows every session. A name is resolved to its id when the key is made.
    package var allowedSessions: [String]
    package var expiresAtMilliseconds: Int64?

    package init(
        name: String, role: APIKeyRole = .operator, allowedIPs: [String] = [], allowedSessions: [String] = [],
        expiresAtMilliseconds: Int64? = nil
    ) {
        self.name = name
        self.role = role
        self.allowedIPs = allowedIPs
        self.allowedSessions = allowedSessions
        self.expiresAtMilliseconds = expiresAtMilliseconds
    }
}

/// What is to become of a key; nil leaves a property as it is.
package struct APIKeyChange: Sendable, Equatable {
    package enum Expiry: Sendable, Equatable {
        case unchanged
        case never
        case at(milliseconds: Int64)
    }

    package var name: String?
    package var role: APIKeyRole?
    package var allowedIPs: [String]?
    /// By id or name.
    package var allowedSessions: [String]?
    package var expiry = Expiry.unchanged

    package init(
        name: String? = nil, role: APIKeyRole? = nil, allowedIPs: [String]? = nil, allowedSessions: [String]? = nil,
        expiry: Expiry = .unchanged
    ) {
        self.name = name
        self.role = role
        self.allowedIPs = allowedIPs
        self.allowedSessions = allowedSessions
        self.expiry = expiry
    }

    func applied(to record: APIKeyRecord) -> APIKeyRecord {
        var record = record
        record.name = name ?? record.name
        record.role = role ?? record.role
        record.allowedIPs = allowedIPs ?? record.allowedIPs
        record.allowedSessions = allowedSessions ?? record.allowedSessions
        switch expiry {
        case .unchanged: break
        case .never: record.expiresAtMilliseconds = nil
        case .at(let milliseconds): record.expiresAtMilliseconds = milliseconds
        }
        return record
    }
}
