import FoundationEssentials
package import WACrypto
import WAProto

/// Hands a sender key to one member of a group, inside a pairwise message.
/// ```
/// 0x33 | protobuf { id, iteration, chain key (32), signing key (33) }
/// ```
/// It starts at the sender's present iteration, so a new member cannot read what was said before.
package struct SenderKeyDistribution: Equatable, Sendable {
    package let bytes: [UInt8]
    package let id: UInt32
    package let iteration: UInt32
    package let signingKey: PublicKey
    let chainKey: [UInt8]

    /// Takes apart what a sender gave us.
    package init(parsing bytes: [UInt8]) throws(SignalError) {
        let body = try WireVersion.stripped(from: bytes)
        guard let wire = try? WASignalWireSenderKeyDistribution(decoding: body), wire.hasID, wire.hasIteration,
            wire.chainKey.count == 32
        else { throw .invalidMessage }
        guard let signingKey = try? PublicKey(typed: [UInt8](wire.signingKey)) else { throw .invalidKey }
        self.bytes = bytes
        id = wire.id
        iteration = wire.iteration
        self.signingKey = signingKey
        chainKey = [UInt8](wire.chainKey)
    }

    init(id: UInt32, chain: ChainKey, signingKey: PublicKey) {
        var wire = WASignalWireSenderKeyDistribution()
        wire.id = id
        wire.iteration = chain.index
        wire.chainKey = Data(chain.key)
        wire.signingKey = Data(signingKey.typed)
        bytes = [WireVersion.byte] + wire.encoded()
        self.id = id
        iteration = chain.index
        self.signingKey = signingKey
        chainKey = chain.key
    }
}
