import CSodium
import Crypto

/// Message authentication codes, RFC 2104. Keys may have any length.
package enum HMAC {
    /// 32 bytes.
    package static func sha256(key: [UInt8], _ message: [UInt8]) -> [UInt8] {
        var code = HMACSHA256(key: key)
        code.update(message)
        return code.finished()
    }

    /// 64 bytes.
    package static func sha512(key: [UInt8], _ message: [UInt8]) -> [UInt8] {
        [UInt8](Crypto.HMAC<SHA512>.authenticationCode(for: message, using: SymmetricKey(data: key)))
    }
}

/// HMAC-SHA256 piece by piece: SHA256(key ^ 5C… || SHA256(key ^ 36… || message)). A copy made before the first `update`
/// saves the work on the key.
///
/// The hash is swift-crypto's. Its own HMAC wraps the key and every step in objects, which costs several times the hash
/// itself where messages are as short as ours: Signal makes seven codes a message.
struct HMACSHA256 {
    static let byteCount = 32
    private static let blockByteCount = 64

    private var inner = SHA256()
    private var outer = SHA256()

    init(key: [UInt8]) {
        let key = key.count <= Self.blockByteCount ? key : Digest.sha256(key)
        withUnsafeTemporaryAllocation(byteCount: Self.blockByteCount, alignment: 8) { block in
            for index in block.indices { block[index] = 0x36 }
            for index in key.indices { block[index] ^= key[index] }
            inner.update(bufferPointer: UnsafeRawBufferPointer(block))
            for index in block.indices { block[index] ^= 0x36 ^ 0x5C }
            outer.update(bufferPointer: UnsafeRawBufferPointer(block))
            sodium_memzero(block.baseAddress, block.count)
        }
    }

    mutating func update(_ message: some Sequence<UInt8>) {
        let isDone: Void? = message.withContiguousStorageIfAvailable { inner.update(bufferPointer: UnsafeRawBufferPointer($0)) }
        if isDone == nil { inner.update(data: Array(message)) }
    }

    /// The 32 bytes of the code. Nothing may be added afterwards.
    mutating func finished() -> [UInt8] {
        inner.finalize().withUnsafeBytes { outer.update(bufferPointer: $0) }
        return [UInt8](outer.finalize())
    }
}
