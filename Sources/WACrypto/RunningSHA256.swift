import Crypto

/// SHA-256 over bytes that come piece by piece.
package struct RunningSHA256: Sendable {
    private var hash = SHA256()

    package init() {}

    package mutating func update(_ bytes: UnsafeRawBufferPointer) {
        hash.update(bufferPointer: bytes)
    }

    /// 32 bytes. More pieces may follow.
    package func digest() -> [UInt8] { [UInt8](hash.finalize()) }
}
