import WABinary
import WAProtocol

/// What a connection works off beside stanzas and sends: app state to follow, history to take in.
///
/// All of it stands in rows, so it goes on where it was on the next connection, or after a kill.
struct AccountWork: Sendable {
    let client: WhatsAppClient
    let connection: Connection
    let credentials: DeviceCredentials

    /// Works until cancelled.
    func run() async {
        let news = client.accountNews
        news.appState.raise()
        news.history.raise()
        await withDiscardingTaskGroup { group in
            group.addTask { [client] in
                while !Task.isCancelled {
                    await news.appState.wait()
                    if Task.isCancelled { break }
                    await client.appState.followPending(in: client.appStateSurroundings(connection, credentials))
                }
            }
        }
    }
}

extension WhatsAppClient {
    nonisolated func appStateSurroundings(
        _ connection: Connection, _ credentials: DeviceCredentials
    ) -> AppStateSync.Surroundings {
        AppStateSync.Surroundings(
            connection: connection, transfer: media, environment: environment,
            phone: PeerMessenger(client: self, connection: connection, credentials: credentials))
    }
}
