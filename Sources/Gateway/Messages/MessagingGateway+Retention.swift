import Logging
import Storage

extension MessagingGateway {
    /// Removes disappearing messages when their time is over, for as long as the process lives.
    func expireMessages() async {
        while !Task.isCancelled {
            do {
                try await removeExpiredMessages()
            } catch {
                environment.logger.warning("Expired messages were not removed", metadata: ["error": "\(error)"])
            }
            try? await environment.clock.sleep(for: Self.expiryPause)
        }
    }

    /// Removes messages past `MESSAGE_RETENTION_DAYS`.
    func pruneMessages() async {
        guard configuration.messageRetentionDays > 0 else { return }
        let oldest = environment.nowMilliseconds / 1000 - Int64(configuration.messageRetentionDays) * 86_400
        do {
            for session in directory.all {
                while try await removeMessages("timestamp < $2 AND status <> 0", [.integer(oldest)], of: session) {}
            }
        } catch {
            environment.logger.warning("Old messages were not removed", metadata: ["error": "\(error)"])
        }
    }

    func removeExpiredMessages() async throws {
        let now = environment.nowMilliseconds
        let sessions = try await environment.database.read { connection in
            try connection.query(
                "SELECT DISTINCT session_id FROM gateway_messages WHERE expires_at IS NOT NULL AND expires_at <= $1",
                [.integer(now)]
            ).map { try $0.text("session_id") }
        }
        for session in sessions.compactMap({ directory[$0] }) {
            while try await removeMessages(
                "expires_at IS NOT NULL AND expires_at <= $2", [.integer(now)], of: session)
            {}
        }
    }

    /// Some at a time, so that nobody waits for the one writer.
    ///
    /// - Returns: whether there may be more.
    private func removeMessages(
        _ condition: String, _ values: [SQLValue], of session: GatewaySession
    ) async throws -> Bool {
        let store = outbox.messages
        return try await environment.database.write { connection in
            try store.remove(
                """
                seq IN (SELECT seq FROM gateway_messages WHERE session_id = $1 AND \(condition) ORDER BY seq
                    LIMIT \(Self.removedAtATime))
                """, values, of: session.id, on: connection) == Self.removedAtATime
        }
    }

    private static let removedAtATime = 500
    private static let expiryPause: Duration = .seconds(10)
}
