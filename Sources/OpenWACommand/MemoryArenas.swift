#if canImport(Glibc)
    import Glibc
#endif

/// How many arenas the C library keeps memory in.
///
/// By itself it makes up to eight for each core, one for each thread that asks while others do, and memory freed in one is of
/// no use to another: taking in a history of 50,000 messages grew the process by 65 MB, of which 15 were in use. With two for
/// each core it grows by 34, and sends are no slower.
enum MemoryArenas {
    /// `M_ARENA_MAX` of malloc.h, which Swift does not import.
    private static let arenaMaximum: Int32 = -8

    /// Before there are threads. Does nothing where the C library is another.
    static func limit() {
        #if canImport(Glibc)
            typealias Mallopt = @convention(c) (Int32, Int32) -> Int32
            guard let symbol = dlsym(nil, "mallopt") else { return }
            let processors = Int32(clamping: sysconf(Int32(_SC_NPROCESSORS_ONLN)))
            _ = unsafeBitCast(symbol, to: Mallopt.self)(arenaMaximum, 2 * max(1, processors))
        #endif
    }
}
