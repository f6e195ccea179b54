import FoundationEssentials
import WACrypto
import WAProto

extension SenderKeyRecord {
    /// Reads a stored record; throws `corruptRecord`.
    package init(decoding bytes: [UInt8]) throws(SignalError) {
        guard let record = try? WASenderKeyRecord(decoding: bytes) else { throw .corruptRecord }
        var states: [SenderKeyState] = []
        for state in record.states {
            states.append(try SenderKeyState(state))
        }
        self.init(states: states)
    }

    /// The bytes to store.
    package func encoded() -> [UInt8] {
        var record = WASenderKeyRecord()
        record.states = states.map(\.record)
        return record.encoded()
    }
}

extension SenderKeyState {
    fileprivate init(_ record: WASenderKeyStateRecord) throws(SignalError) {
        let signingKey = try PublicKey(stored: record.signingPublicKey)
        var pair: KeyPair?
        if record.hasSigningPrivateKey {
            let privateKey = try [UInt8](stored: record.signingPrivateKey)
            pair = try? KeyPair(storedPrivateKeyRaw: privateKey, publicKey: signingKey)
        }
        guard let skipped = SkippedKeys(bytes: [UInt8](record.skippedKeys)) else { throw .corruptRecord }
        let chain = ChainKey(key: try [UInt8](stored: record.chainKey), index: record.iteration)
        self.init(
            id: record.id, signingKey: signingKey, signingKeyPair: pair, firstIteration: record.firstIteration,
            chain: ReceivingChain(chain, skipped: skipped))
    }

    fileprivate var record: WASenderKeyStateRecord {
        var record = WASenderKeyStateRecord()
        record.id = id
        record.iteration = chain.chain.index
        record.chainKey = Data(chain.chain.key)
        record.signingPublicKey = Data(signingKey.raw)
        if let signingKeyPair { record.signingPrivateKey = Data(signingKeyPair.privateKeyRaw) }
        if chain.skipped.count > 0 { record.skippedKeys = Data(chain.skipped.bytes) }
        record.firstIteration = firstIteration
        return record
    }
}
