import Synchronization

/// What the dispatcher is told while it is at work: which webhooks have something due, which attempts have ended.
package final class DeliveryInbox: Sendable {
    struct News: Sendable {
        /// Webhooks that have, or may have, something due.
        var touched: Set<String> = []
        /// Attempts that have ended.
        var results: [DeliveryResult] = []
        /// Deliveries whose file is there, or was waited for long enough.
        var prepared: [DeliveryKey] = []
    }

    private let news = Mutex(News())
    private let underWay = Mutex(UnderWay())

    private struct UnderWay {
        var count = 0
        /// Opens when nothing is under way.
        var idle: Latch?
    }

    /// One element stands for any number of news.
    let signals: AsyncStream<Void>
    private let signal: AsyncStream<Void>.Continuation

    package init() {
        (signals, signal) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    func touch(_ webhookIDs: some Sequence<String>) {
        news.withLock { $0.touched.formUnion(webhookIDs) }
        signal.yield()
    }

    func ended(_ result: DeliveryResult) {
        news.withLock { $0.results.append(result) }
        signal.yield()
    }

    func prepared(_ key: DeliveryKey) {
        news.withLock { $0.prepared.append(key) }
        signal.yield()
    }

    /// An attempt begins; it is under way until its result is written down.
    func began() { underWay.withLock { $0.count += 1 } }

    func wroteDown(_ count: Int) {
        let idle = underWay.withLock { underWay -> Latch? in
            underWay.count -= count
            return underWay.count == 0 ? underWay.idle : nil
        }
        idle?.open()
    }

    /// Waits until no attempt is under way, not longer than `limit`.
    func waitUntilIdle(atMost limit: Duration, clock: any Clock<Duration>) async {
        let idle = underWay.withLock { underWay -> Latch? in
            guard underWay.count > 0 else { return nil }
            let latch = underWay.idle ?? Latch()
            underWay.idle = latch
            return latch
        }
        _ = await idle?.wait(atMost: limit, clock: clock)
    }

    /// Nothing is new, but the time has come to look.
    func poke() { signal.yield() }

    func take() -> News {
        news.withLock { news in
            defer { news = News() }
            return news
        }
    }
}

/// One event on its way to one webhook.
struct DeliveryKey: Hashable, Sendable {
    let webhookID: String
    let seq: Int64
}

/// How an attempt ended.
struct DeliveryResult: Sendable, Equatable {
    enum Outcome: Sendable, Equatable {
        /// The endpoint answered; only 2xx is a delivery.
        case answered(status: Int, reason: String, retryAfterSeconds: Int64?)
        /// There was no answer; why, in words that name no address.
        case unanswered(String)
        /// There is nothing to send that the endpoint could take: no attempt was made, none will be.
        case undeliverable(String)
        /// The webhook is gone, switched off, or no longer wants such events.
        case unwanted
        /// We stop; nothing is known, and nothing written down.
        case interrupted
    }

    let key: DeliveryKey
    let deliveryID: String
    let url: String
    let startedAtMilliseconds: Int64
    let durationMilliseconds: Int64
    let outcome: Outcome

    var isDelivered: Bool {
        if case .answered(200..<300, _, _) = outcome { true } else { false }
    }

    /// It took its time to fail.
    var isSlow: Bool { durationMilliseconds >= 1_000 }
}
