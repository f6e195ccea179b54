import Synchronization

/// What one caller may ask of the sockets: handshakes for each address, sockets and frames for each key (contract 13).
final class SocketLimits: Sendable {
    private struct Bucket {
        var frames: Double
        var atMilliseconds: Int64
    }

    private struct Window {
        var count = 0
        var endsAtMilliseconds: Int64
    }

    private struct State {
        var sockets: [String: Int] = [:]
        var buckets: [String: Bucket] = [:]
        var handshakes: [String: Window] = [:]
    }

    /// Addresses remembered at the same time.
    private static let maximumAddresses = 20_000

    private let values: SocketConfiguration
    private let state = Mutex(State())

    init(_ values: SocketConfiguration) {
        self.values = values
    }

    /// Counts a handshake; false when the address has made too many.
    func handshake(from address: String?, nowMilliseconds now: Int64) -> Bool {
        let place = IPAddress.block(of: address)
        return state.withLock { state in
            if state.handshakes.count >= Self.maximumAddresses {
                state.handshakes = state.handshakes.filter { $0.value.endsAtMilliseconds > now }
                if state.handshakes.count >= Self.maximumAddresses { state.handshakes = [:] }
            }
            var window = state.handshakes[place] ?? Window(endsAtMilliseconds: 0)
            if window.endsAtMilliseconds <= now {
                window = Window(endsAtMilliseconds: now + values.handshakeWindowMilliseconds)
            }
            defer { state.handshakes[place] = window }
            guard window.count < values.handshakes else { return false }
            window.count += 1
            return true
        }
    }

    /// Gives a handshake back: it succeeded.
    func refundHandshake(from address: String?) {
        let place = IPAddress.block(of: address)
        state.withLock { state in
            guard let window = state.handshakes[place] else { return }
            if window.count <= 1 { state.handshakes[place] = nil } else { state.handshakes[place]?.count -= 1 }
        }
    }

    /// False when the key has as many sockets as it may; else `socketClosed` must follow.
    func socketOpened(keyID: String) -> Bool {
        state.withLock { state in
            guard state.sockets[keyID, default: 0] < values.socketsPerKey else { return false }
            state.sockets[keyID, default: 0] += 1
            return true
        }
    }

    func socketClosed(keyID: String) {
        state.withLock { state in
            guard let count = state.sockets[keyID] else { return }
            guard count <= 1 else {
                state.sockets[keyID] = count - 1
                return
            }
            state.sockets[keyID] = nil
            // A key that comes back at once has not earned new frames.
            if state.buckets.count > Self.maximumAddresses { state.buckets = [:] }
        }
    }

    /// Counts a frame; false when it is over the budget of its key.
    func frame(keyID: String, nowMilliseconds now: Int64) -> Bool {
        state.withLock { state in
            var bucket = state.buckets[keyID] ?? Bucket(frames: values.frameBurst, atMilliseconds: now)
            let elapsed = Double(max(0, now - bucket.atMilliseconds)) / 1_000
            bucket.frames = min(values.frameBurst, bucket.frames + elapsed * values.framesPerSecond)
            bucket.atMilliseconds = now
            defer { state.buckets[keyID] = bucket }
            guard bucket.frames >= 1 else { return false }
            bucket.frames -= 1
            return true
        }
    }
}
