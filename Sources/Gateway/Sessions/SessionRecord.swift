/// One session as the API shows it: what is stored, and what only the running process knows.
package struct SessionRecord: Sendable, Equatable {
    /// A lower-case UUID made by the server.
    package let id: String
    /// Unique; see `SessionName`.
    package let name: String
    package var status: SessionStatus
    /// The linked account's number, digits only; nil while not linked.
    package var phone: String?
    package var pushName: String?
    /// When the session last became `ready`.
    package var connectedAtMilliseconds: Int64?
    /// When the session last sent or received something, or became `ready`.
    package var lastActiveMilliseconds: Int64?
    package let createdAtMilliseconds: Int64
    package var updatedAtMilliseconds: Int64
    /// Why the session failed; kept in memory only.
    package var lastError: String?
    /// Whether a live client exists, so that stop and logout can act and start is refused.
    package var engineLoaded: Bool

    package init(
        id: String, name: String, status: SessionStatus, phone: String? = nil, pushName: String? = nil,
        connectedAtMilliseconds: Int64? = nil, lastActiveMilliseconds: Int64? = nil, createdAtMilliseconds: Int64,
        updatedAtMilliseconds: Int64, lastError: String? = nil, engineLoaded: Bool = false
    ) {
        self.id = id
        self.name = name
        self.status = status
        self.phone = phone
        self.pushName = pushName
        self.connectedAtMilliseconds = connectedAtMilliseconds
        self.lastActiveMilliseconds = lastActiveMilliseconds
        self.createdAtMilliseconds = createdAtMilliseconds
        self.updatedAtMilliseconds = updatedAtMilliseconds
        self.lastError = lastError
        self.engineLoaded = engineLoaded
    }
}

/// What a person types on the phone to link it: eight characters, without a dash.
package struct PairingCodeAnswer: Sendable, Equatable {
    package let code: String
    package let status: SessionStatus

    package init(code: String, status: SessionStatus) {
        self.code = code
        self.status = status
    }
}

/// A pairing code to scan, as WhatsApp gave it; drawing it is the API's job.
package struct QRCode: Sendable, Equatable {
    /// The raw text inside the code, about 200 characters. It is replaced about every 20 to 60 seconds.
    package let text: String
    /// `qr_ready` as long as there is a code.
    package let status: SessionStatus

    package init(text: String, status: SessionStatus) {
        self.text = text
        self.status = status
    }
}
