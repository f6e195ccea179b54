import WAProtocol

/// Keeps a connection alive and notices when it is not: pings at random 20 to 30 seconds, as WhatsApp Web does.
///
/// Two pings in a row without an answer end the connection. Between pings it looks for sends whose ack is late.
struct Keepalive: Sendable {
    let connection: Connection
    let configuration: ClientConfiguration
    let environment: ClientEnvironment
    let sender: MessageSender

    private static let tick: Duration = .seconds(5)
    private static let toleratedFailures = 1

    func run() async {
        var failures = 0
        var wait = nextWait()
        while true {
            do { try await environment.clock.sleep(for: min(Self.tick, wait)) } catch { return }
            wait -= min(Self.tick, wait)
            sender.resendOverdue()
            guard wait <= .zero else { continue }
            wait = nextWait()
            do {
                try await connection.execute(PingRequest(), timeout: configuration.keepaliveTimeout, environment: environment)
                failures = 0
            } catch is CancellationError {
                return
            } catch {
                // The answer lies unread behind stanzas that are being worked off.
                if connection.stanzas.isFull { continue }
                failures += 1
                if failures > Self.toleratedFailures {
                    connection.close(ConnectionEnd.lost("the server does not answer pings"))
                    return
                }
            }
        }
    }

    private func nextWait() -> Duration {
        .milliseconds(Int64(Double.random(in: configuration.keepaliveSeconds) * 1000))
    }
}
