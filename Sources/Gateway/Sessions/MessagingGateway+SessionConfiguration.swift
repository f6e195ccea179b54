import Storage
package import StrictJSON

extension MessagingGateway {
    /// What is set for a session.
    ///
    /// - Throws: `GatewayError.sessionNotFound`.
    package func configuration(ofSession idOrName: String) throws(GatewayError) -> SessionConfiguration {
        try find(idOrName).configuration
    }

    /// Sets the members of `change`; null ones are taken back to their defaults, others stay.
    ///
    /// - Throws: `GatewayError.sessionNotFound`, `.invalidSessionConfiguration`.
    package func configure(_ change: JSONObject, session idOrName: String) async throws -> SessionConfiguration {
        let session = try find(idOrName)
        let now = environment.nowMilliseconds
        try await write { connection in
            var members = SessionConfiguration.object(try SessionStore.configuration(of: session.id, on: connection))?.members ?? []
            members.removeAll { change[$0.name] != nil }
            members += change.members.filter { !$0.value.isNull }
            let object = JSONObject(members)
            _ = try SessionConfiguration(object)
            try SessionStore.configure(session.id, object.json, nowMilliseconds: now, on: connection)
            connection.afterCommit { session.configure(object.json, nowMilliseconds: now) }
        }
        return session.configuration
    }
}
