import CSodium

/// Random bytes for keys, nonces and ids.
package enum SecureRandom {
    /// Draws bytes from the operating system's generator.
    package static func bytes(_ count: Int) -> [UInt8] {
        Sodium.prepare()
        return [UInt8](unsafeUninitializedCapacity: count) { buffer, initializedCount in
            if let base = buffer.baseAddress { randombytes_buf(base, count) }
            initializedCount = count
        }
    }

    /// Draws bytes from a given generator, eight at a time in little-endian order, so that a seed gives the same bytes
    /// everywhere.
    package static func bytes(_ count: Int, using rng: inout some RandomNumberGenerator) -> [UInt8] {
        var bytes = [UInt8]()
        bytes.reserveCapacity(count)
        while bytes.count < count {
            var word = rng.next()
            for _ in 0..<min(8, count - bytes.count) {
                bytes.append(UInt8(truncatingIfNeeded: word))
                word >>= 8
            }
        }
        return bytes
    }
}
