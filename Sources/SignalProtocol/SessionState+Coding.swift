import FoundationEssentials
import WACrypto
import WAProto

extension SessionState {
    /// Takes a state out of its record; throws `corruptRecord` when a key does not have its length.
    init(_ record: WASessionStateRecord) throws(SignalError) {
        let ratchetKey = try PublicKey(stored: record.ratchetPublicKey)
        let ratchetPrivateKey = try [UInt8](stored: record.ratchetPrivateKey)
        guard let pair = try? KeyPair(storedPrivateKeyRaw: ratchetPrivateKey, publicKey: ratchetKey)
        else { throw .corruptRecord }
        self.init(
            remoteIdentity: try PublicKey(stored: record.remoteIdentity),
            remoteRegistrationID: record.remoteRegistrationID,
            baseKey: try PublicKey(stored: record.baseKey),
            root: RootKey(key: try [UInt8](stored: record.rootKey)),
            ratchetKeyPair: pair,
            sending: ChainKey(key: try [UInt8](stored: record.sendingChainKey), index: record.sendingCounter),
            previousCounter: record.previousCounter,
            receiving: [], pendingPreKey: nil)
        receiving.reserveCapacity(record.receivingChains.count)
        for chain in record.receivingChains {
            receiving.append(try RemoteChain(chain))
        }
        if record.hasPendingPreKey {
            let pending = record.pendingPreKey
            pendingPreKey = PendingPreKey(
                preKeyID: pending.hasPreKeyID ? pending.preKeyID : nil, signedPreKeyID: pending.signedPreKeyID)
        }
    }

    /// The record of this state.
    var record: WASessionStateRecord {
        var record = WASessionStateRecord()
        record.remoteIdentity = Data(remoteIdentity.raw)
        record.remoteRegistrationID = remoteRegistrationID
        record.baseKey = Data(baseKey.raw)
        record.rootKey = Data(root.key)
        record.ratchetPrivateKey = Data(ratchetKeyPair.privateKeyRaw)
        record.ratchetPublicKey = Data(ratchetKeyPair.publicKey.raw)
        record.sendingChainKey = Data(sending.key)
        record.sendingCounter = sending.index
        record.previousCounter = previousCounter
        record.receivingChains = receiving.map(\.record)
        if let pendingPreKey {
            if let preKeyID = pendingPreKey.preKeyID { record.pendingPreKey.preKeyID = preKeyID }
            record.pendingPreKey.signedPreKeyID = pendingPreKey.signedPreKeyID
        }
        return record
    }
}

extension RemoteChain {
    fileprivate init(_ record: WAReceivingChainRecord) throws(SignalError) {
        guard let skipped = SkippedKeys(bytes: [UInt8](record.skippedKeys)) else { throw .corruptRecord }
        ratchetKey = try PublicKey(stored: record.ratchetKey)
        chain = ReceivingChain(
            ChainKey(key: try [UInt8](stored: record.chainKey), index: record.counter), skipped: skipped)
    }

    fileprivate var record: WAReceivingChainRecord {
        var record = WAReceivingChainRecord()
        record.ratchetKey = Data(ratchetKey.raw)
        record.chainKey = Data(chain.chain.key)
        record.counter = chain.chain.index
        if chain.skipped.count > 0 { record.skippedKeys = Data(chain.skipped.bytes) }
        return record
    }
}

extension [UInt8] {
    /// A stored 32-byte key.
    init(stored data: Data) throws(SignalError) {
        guard data.count == 32 else { throw .corruptRecord }
        self.init(data)
    }
}

extension PublicKey {
    /// A stored raw public key.
    init(stored data: Data) throws(SignalError) {
        do {
            try self.init(raw: [UInt8](data))
        } catch {
            throw .corruptRecord
        }
    }
}
