import Logging
import WABinary
import WAProtocol

/// What a connection works off beside stanzas and sends: app state to follow, history to take in.
///
/// All of it stands in rows, so it goes on where it was on the next connection, or after a kill.
struct AccountWork: Sendable {
    let client: WhatsAppClient
    let connection: Connection
    let credentials: DeviceCredentials

    /// What could not be fetched is tried again after this time.
    private static let historyRetryInterval = Duration.seconds(60)

    /// Works until cancelled.
    func run() async {
        let news = client.accountNews
        news.appState.raise()
        news.history.raise()
        await withDiscardingTaskGroup { group in
            group.addTask { await takeInHistory() }
            group.addTask { [client] in
                while !Task.isCancelled {
                    await news.appState.wait()
                    if Task.isCancelled { break }
                    await client.appState.followPending(in: client.appStateSurroundings(connection, credentials))
                }
            }
        }
    }

    private func takeInHistory() async {
        let work = HistoryWork(client: client, connection: connection, credentials: credentials)
        let (history, clock, logger) = (client.accountNews.history, client.environment.clock, client.environment.logger)
        await withDiscardingTaskGroup { group in
            while !Task.isCancelled {
                await history.wait()
                if Task.isCancelled { break }
                do {
                    guard try await work.run() else { continue }
                } catch {
                    if Task.isCancelled { break }
                    logger.warning("history was not taken in", metadata: ["error": "\(error)"])
                }
                group.addTask {
                    guard (try? await clock.sleep(for: Self.historyRetryInterval)) != nil else { return }
                    history.raise()
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
