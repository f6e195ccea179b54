package import Logging
package import Storage
package import WAClient

/// What the gateway stands on, and what tests replace: database, network, time and log.
package struct GatewayEnvironment: Sendable {
    package let database: any SQLDatabase
    /// Links, clock and wall clock; shared by all sessions.
    package let client: ClientEnvironment
    package let logger: Logger

    package init(database: any SQLDatabase, client: ClientEnvironment, logger: Logger) {
        self.database = database
        self.client = client
        self.logger = logger
    }

    var clock: any Clock<Duration> { client.clock }
    var nowMilliseconds: Int64 { client.nowMilliseconds() }
}
