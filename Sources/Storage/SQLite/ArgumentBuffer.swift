/// Where the texts and bytes given to a statement stand while it runs.
///
/// SQLite can copy each value itself, with a block of memory for each; a send binds some three hundred. Used only on the queue
/// of its connection, by one statement at a time.
final class ArgumentBuffer {
    private static let byteCount = 16_384

    private let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: byteCount, alignment: 1)
    private var used = 0

    deinit {
        memory.deallocate()
    }

    /// The next statement begins: what the last one was given is no longer needed.
    func reset() { used = 0 }

    /// Where the copy stands until `reset`; nil when there is no room left.
    func place(_ bytes: UnsafeRawBufferPointer) -> UnsafeRawPointer? {
        guard bytes.count <= Self.byteCount - used else { return nil }
        let place = UnsafeMutableRawBufferPointer(rebasing: memory[used..<(used + bytes.count)])
        place.copyMemory(from: bytes)
        used += bytes.count
        return memory.baseAddress.map { UnsafeRawPointer($0 + (used - bytes.count)) }
    }
}
