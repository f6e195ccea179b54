import Synchronization

/// Which batches run in this process; it counts them and tells them to stop.
final class BatchDesk: Sendable {
    private let limit: Int
    private let running = Mutex<[BatchName: Latch]>([:])
    private let begun: AsyncStream<BatchName>
    private let begin: AsyncStream<BatchName>.Continuation

    /// - Parameter limit: How many may run at the same time; 0: any number.
    init(limit: Int) {
        self.limit = limit
        (begun, begin) = AsyncStream.makeStream()
    }

    /// The batches to run, each once.
    var names: AsyncStream<BatchName> { begun }

    /// Keeps a place for a batch about to be accepted.
    ///
    /// - Throws: `GatewayError.tooManyBatches`; `.batchIDTaken` when it runs already.
    func reserve(_ name: BatchName) throws(GatewayError) {
        let refusal: GatewayError? = running.withLock { running in
            guard limit == 0 || running.count < limit else { return .tooManyBatches(limit: limit) }
            guard running[name] == nil else { return .batchIDTaken(name.batchID) }
            running[name] = Latch()
            return nil
        }
        if let refusal { throw refusal }
    }

    /// The batch is accepted: it runs as soon as somebody does.
    func run(_ name: BatchName) { begin.yield(name) }

    /// A batch of an earlier life of the process; the limit does not matter to it.
    func resume(_ name: BatchName) {
        let isNew = running.withLock { running in
            guard running[name] == nil else { return false }
            running[name] = Latch()
            return true
        }
        if isNew { begin.yield(name) }
    }

    /// Open when the batch is to stop where it is; nil when it does not run.
    func stopSignal(_ name: BatchName) -> Latch? { running.withLock { $0[name] } }

    /// The batch is over or was not accepted.
    func remove(_ name: BatchName) { running.withLock { $0[name] = nil } }

    /// All batches of a session are to stop.
    func stop(sessionID: String) {
        let signals = running.withLock { running in running.filter { $0.key.sessionID == sessionID }.map(\.value) }
        for signal in signals { signal.open() }
    }
}
