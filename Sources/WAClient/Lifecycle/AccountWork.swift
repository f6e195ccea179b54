import Logging
import WABinary
import WAProtocol

/// What a connection works off beside stanzas and sends: app state to follow, history to take in,
/// tokens to give.
///
/// The first two stand in rows, so they go on where they were on the next connection, or after a kill.
struct AccountWork: Sendable {
    let client: WhatsAppClient
    let connection: Connection
    let credentials: DeviceCredentials

    /// When the history could not even be looked at, it is after this time.
    private static let historyRetryInterval = Duration.seconds(60)

    /// Works until cancelled.
    func run() async {
        let news = client.accountNews
        news.appState.raise()
        news.history.raise()
        await withDiscardingTaskGroup { group in
            group.addTask { await takeInHistory() }
            group.addTask { await PrivacyTokenIssue(client: client, connection: connection).run() }
            group.addTask { [client] in
                while !Task.isCancelled {
                    await news.appState.wait()
                    if Task.isCancelled { break }
                    try? await inOwnTask {
                        await client.appState.followPending(in: client.appStateSurroundings(connection, credentials))
                    }
                }
            }
        }
    }

    private func takeInHistory() async {
        guard let own = credentials.ownAddresses else { return }
        let (history, clock, logger) = (client.accountNews.history, client.environment.clock, client.environment.logger)
        let (connection, media, nowMilliseconds) = (connection, client.media, client.environment.nowMilliseconds)
        let work = HistoryWork(
            account: client.account, own: own, database: client.database, recorder: client.recorder,
            fetch: { try await HistoryBlob.fetch($0, through: media) }, send: { connection.send($0) },
            nowMilliseconds: client.environment.nowMilliseconds, logger: logger)
        await withDiscardingTaskGroup { group in
            while !Task.isCancelled {
                await history.wait()
                if Task.isCancelled { break }
                var wait = Self.historyRetryInterval
                do {
                    guard let due = try await inOwnTask({ try await work.run() }) else { continue }
                    wait = max(.milliseconds(due - nowMilliseconds()), .seconds(1))
                } catch {
                    if Task.isCancelled { break }
                    logger.warning("history was not taken in", metadata: ["error": "\(error)"])
                }
                group.addTask { [wait] in
                    guard (try? await clock.sleep(for: wait)) != nil else { return }
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
        let (environment, media) = (environment, media)
        let phone = PeerMessenger(client: self, connection: connection, credentials: credentials)
        return AppStateSync.Surroundings(
            fetch: { try await connection.execute($0, environment: environment) },
            add: { try await connection.execute($0, environment: environment) },
            blob: { try await media.appStateBlob($0, maximumByteCount: $1) }, askPhone: { try await phone.send($0) },
            nowMilliseconds: environment.nowMilliseconds, logger: environment.logger)
    }
}
