/// What the health routes tell.
package struct GatewayHealth: Sendable, Equatable {
    /// Whether the database answered.
    package let databaseIsUp: Bool
    /// Whether the process is stopping; readiness fails first.
    package let isDraining: Bool
    /// How many sessions are `ready`.
    package let readySessions: Int
    /// How many sessions have a live client.
    package let activeSessions: Int

    package init(databaseIsUp: Bool, isDraining: Bool, readySessions: Int, activeSessions: Int) {
        self.databaseIsUp = databaseIsUp
        self.isDraining = isDraining
        self.readySessions = readySessions
        self.activeSessions = activeSessions
    }
}
