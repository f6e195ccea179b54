import WAClient

extension MessagingGateway {
    /// Changes what the account calls itself.
    ///
    /// - Throws: `GatewayError.sessionNotStarted`, `.sessionNotConnected`, `.refusedByWhatsApp`, `.noAnswer`; so do the others.
    package func setProfileName(_ name: String, session idOrName: String) async throws {
        try await asking(idOrName) { try await $0.setPushName(name) }
    }

    /// Changes what the account says about itself; empty for nothing.
    package func setProfileStatus(_ text: String, session idOrName: String) async throws {
        try await asking(idOrName) { try await $0.setAbout(text) }
    }

    /// Takes the account's picture away, if it has one.
    package func removeProfilePicture(session idOrName: String) async throws {
        try await asking(idOrName) { _ = try await $0.setPicture(nil) }
    }
}
