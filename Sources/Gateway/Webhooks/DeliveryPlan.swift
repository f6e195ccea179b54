/// Which deliveries start now: fair between webhooks, careful with endpoints that fail, bounded in all. A pure value.
///
/// Each webhook is a lane with the next of its due deliveries; the rest waits in the database. What waits for a file stands
/// apart, so that nothing else waits behind it. Lanes take turns. An
/// endpoint's window (`EndpointWindow`) says how many of its attempts run at a time; those that have not shown to be alive
/// may hold half of all places together, so that dead endpoints hold up nobody.
struct DeliveryPlan: Sendable {
    enum Start: Sendable, Equatable {
        case send(DeliveryKey, DeliveryStore.Due)
        /// Its file has to be there first; this takes no place.
        case prepare(DeliveryKey, DeliveryStore.Due)
    }

    private struct Lane {
        var url: String
        var waiting: [DeliveryStore.Due] = []
        /// Those whose file has to be there first.
        var files: [DeliveryStore.Due] = []
        /// Whether the database has more of these than are here.
        var hasMoreFiles = false
        /// Under way or being prepared: still due in the database.
        var busy: Set<Int64> = []
        var preparing: [Int64: DeliveryStore.Due] = [:]
        /// Whether the database may have something due that is not here.
        var needsLook = true
        /// When the next one is due that is not due yet.
        var nextDue: Int64?
    }

    private struct Running {
        let url: String
        let isSuspect: Bool
    }

    private var lanes: [String: Lane] = [:]
    /// Whose turn it is: the first.
    private var turns: [String] = []
    private var windows: [String: EndpointWindow] = [:]
    private var running: [DeliveryKey: Running] = [:]
    private var suspects = 0
    private let concurrency: Int
    private let perEndpoint: Int

    /// How many deliveries of a lane are in memory.
    static let laneLength = 64
    private static let maximumPreparing = 32

    init(_ settings: WebhookSettings) {
        concurrency = max(1, settings.concurrency)
        perEndpoint = max(1, settings.concurrencyPerEndpoint)
    }

    // MARK: - Lanes

    /// A webhook may have something due.
    mutating func touch(_ webhookID: String, url: String) {
        if lanes[webhookID] == nil {
            lanes[webhookID] = Lane(url: url)
            turns.append(webhookID)
        }
        lanes[webhookID]?.needsLook = true
        lanes[webhookID]?.url = url
    }

    /// The webhooks to look up in the database, each with how many rows with a file, and how many without.
    func looks(atMilliseconds now: Int64) -> [(webhookID: String, limit: Int)] {
        lanes.compactMap { id, lane in
            let isDue = lane.needsLook || (lane.nextDue.map { $0 <= now } ?? false)
            let wantsFiles = lane.hasMoreFiles && lane.files.isEmpty && lane.preparing.count < Self.maximumPreparing
            guard isDue && lane.waiting.isEmpty || wantsFiles else { return nil }
            return (id, Self.laneLength + lane.busy.count)
        }
    }

    /// What the database has for a webhook, each kind by time.
    mutating func found(_ due: [DeliveryStore.Due], for webhookID: String, limit: Int, atMilliseconds now: Int64) {
        guard var lane = lanes[webhookID] else { return }
        let new = due.filter { $0.dueAtMilliseconds <= now && !lane.busy.contains($0.seq) }
        let prepared = lane.waiting.filter { lane.busy.contains($0.seq) }
        lane.waiting = prepared + new.filter { $0.mediaRow == nil }
        lane.files = new.filter { $0.mediaRow != nil }
        lane.nextDue = due.map(\.dueAtMilliseconds).filter { $0 > now }.min()
        let fileCount = due.count { $0.mediaRow != nil }
        lane.needsLook = due.count - fileCount == limit
        lane.hasMoreFiles = fileCount == limit
        if due.isEmpty, lane.busy.isEmpty {
            lanes[webhookID] = nil
            turns.removeAll { $0 == webhookID }
        } else {
            lanes[webhookID] = lane
        }
    }

    // MARK: - Starting

    /// What starts now; counted as under way from here on.
    mutating func starts(atMilliseconds now: Int64) -> [Start] {
        var starts: [Start] = []
        var idle = 0
        while idle < turns.count, !turns.isEmpty {
            let id = turns.removeFirst()
            turns.append(id)
            if let start = next(of: id, now) {
                starts.append(start)
                idle = 0
            } else {
                idle += 1
            }
        }
        return starts
    }

    private mutating func next(of id: String, _ now: Int64) -> Start? {
        guard var lane = lanes[id] else { return nil }
        if let due = lane.files.first, lane.preparing.count < Self.maximumPreparing {
            lane.files.removeFirst()
            lane.busy.insert(due.seq)
            lane.preparing[due.seq] = due
            lanes[id] = lane
            return .prepare(DeliveryKey(webhookID: id, seq: due.seq), due)
        }
        guard let due = lane.waiting.first else { return nil }
        let key = DeliveryKey(webhookID: id, seq: due.seq)
        var window = windows[lane.url] ?? EndpointWindow(maximum: perEndpoint)
        guard running.count < concurrency, window.mayStart(atMilliseconds: now) else { return nil }
        if window.isSuspect, suspects >= max(1, concurrency / 2) { return nil }
        running[key] = Running(url: lane.url, isSuspect: window.isSuspect)
        suspects += window.isSuspect ? 1 : 0
        window.started(atMilliseconds: now)
        windows[lane.url] = window
        lane.waiting.removeFirst()
        lane.busy.insert(due.seq)
        lanes[id] = lane
        return .send(key, due)
    }

    /// The file of a delivery is there, or was waited for long enough: it is the next of its lane.
    mutating func prepared(_ key: DeliveryKey) {
        guard let due = lanes[key.webhookID]?.preparing.removeValue(forKey: key.seq) else { return }
        lanes[key.webhookID]?.waiting.insert(due.withoutMedia, at: 0)
    }

    // MARK: - Ending

    /// An attempt has ended and what came of it is written down.
    mutating func ended(_ result: DeliveryResult) {
        if let place = running.removeValue(forKey: result.key) {
            suspects -= place.isSuspect ? 1 : 0
            var window = windows[place.url] ?? EndpointWindow(maximum: perEndpoint)
            switch result.outcome {
            case .answered where result.isDelivered: window.succeeded()
            case .answered, .unanswered: window.failed(isSlow: result.isSlow)
            case .undeliverable, .unwanted, .interrupted: window.released()
            }
            windows[place.url] = window
            forgetWindows()
        }
        lanes[result.key.webhookID]?.busy.remove(result.key.seq)
        lanes[result.key.webhookID]?.needsLook = true
    }

    /// Windows of endpoints that nobody uses any more.
    private mutating func forgetWindows() {
        guard windows.count > 2 * lanes.count + 1_000 else { return }
        let used = Set(lanes.values.map(\.url))
        windows = windows.filter { $0.value.running > 0 || used.contains($0.key) }
    }

    // MARK: - Waiting

    /// When to look again though nothing is new, which may be at once; nil: only when something is.
    func nextWake(atMilliseconds now: Int64) -> Int64? {
        lanes.values.compactMap { lane -> Int64? in
            guard lane.waiting.isEmpty else {
                // A place will be given back, or the endpoint may be asked again.
                let earliest = windows[lane.url]?.earliestStart ?? .min
                return earliest > now ? earliest : nil
            }
            return lane.nextDue.map { max($0, now) }
        }.min()
    }

    var isIdle: Bool { running.isEmpty }
}

extension DeliveryStore.Due {
    fileprivate var withoutMedia: Self {
        Self(
            seq: seq, deliveryID: deliveryID, attempts: attempts, mediaRow: nil, dueAtMilliseconds: dueAtMilliseconds)
    }
}
