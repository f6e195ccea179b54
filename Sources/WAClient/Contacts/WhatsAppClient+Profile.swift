package import WABinary
import WAProtocol

/// What the account shows of itself. The push name is part of the app state.
extension WhatsAppClient {
    /// Says something about ourselves.
    package func setAbout(_ text: String) async throws {
        try await connected().execute(SetAboutRequest(text), environment: environment)
    }

    /// Sets our picture, or a group's: JPEG, square, at most 640×640. Nil takes it away. Answers the new picture's id.
    @discardableResult
    package func setPicture(_ jpeg: [UInt8]?, of group: JID? = nil) async throws -> String? {
        try await connected().execute(SetProfilePictureRequest(group: group, jpeg: jpeg), environment: environment)
    }

    /// Who may see what of the account: `last`, `online`, `profile`, `status`, `readreceipts`, … and their values.
    package func privacySettings() async throws -> [String: String] {
        try await askPrivacySettings(on: try connected())
    }

    func askPrivacySettings(on connection: Connection) async throws -> [String: String] {
        let settings = try await connection.execute(PrivacySettingsRequest(), environment: environment)
        privacy.take(settings)
        return settings
    }

    /// Whether the account's owner has switched read receipts off. A server that tells no settings has none.
    func hidesReading(on connection: Connection) async throws -> Bool {
        if let settings = privacy.settings { return settings["readreceipts"] == "none" }
        do {
            return try await askPrivacySettings(on: connection)["readreceipts"] == "none"
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            // Asked once a connection: a server that refuses or keeps silent must not hold up every receipt.
            privacy.takeSilence()
            return privacy.settings?["readreceipts"] == "none"
        }
    }
}
