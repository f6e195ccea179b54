import Logging
import Storage
import WABinary
import WAProto
import WAProtocol

/// Takes in what our own phone tells its companions, in the transaction that opens the message: keys of the app state,
/// history to fetch, LIDs of phone numbers, answers to what we asked.
///
/// Nobody else is believed: whoever calls this has checked that the message came from device 0 of our own account
/// (architecture decision 10). What takes longer becomes rows and is done beside (`AccountWork`).
struct PhoneMessages {
    let account: String
    let recorder: ClientRecorder
    let news: AccountNews
    let logger: Logger

    /// Far more than a phone ever has.
    private static let maximumSharedKeys = 256
    /// Inflated, a LID takes some twenty bytes.
    private static let maximumMappingByteCount = 8 << 20
    private static let maximumMappings = 100_000
    private static let maximumRescueByteCount = 32 << 20

    func take(_ message: WAMessage, messageID: String, nowMilliseconds: Int64, on sql: any SQLConnection) throws {
        guard message.hasProtocolMessage else { return }
        let told = message.protocolMessage
        switch told.type {
        case .appStateSyncKeyShare: try keep(told.appStateSyncKeyShare, on: sql)
        case .historySyncNotification:
            try HistoryJobStore(account: account).add(
                told.historySyncNotification, messageID: messageID, nowMilliseconds: nowMilliseconds, on: sql)
            sql.afterCommit { [news] in news.history.raise() }
        case .lidMigrationMappingSync: try learn(told.lidMigrationMappingSyncMessage, on: sql)
        case .peerDataOperationRequestResponseMessage:
            for result in told.peerDataOperationRequestResponseMessage.peerDataOperationResult
            where result.hasSyncdSnapshotFatalRecoveryResponse {
                try rescue(result.syncdSnapshotFatalRecoveryResponse, nowMilliseconds: nowMilliseconds, on: sql)
            }
        default: break
        }
    }

    /// Collections that waited for a key, and those never seen, are followed now.
    private func keep(_ share: WAAppStateSyncKeyShare, on sql: any SQLConnection) throws {
        let store = AppStateStore(account: account)
        for key in share.keys.prefix(Self.maximumSharedKeys) {
            let (id, data) = ([UInt8](key.keyID.keyID), [UInt8](key.keyData.keyData))
            guard (1...64).contains(id.count), data.count == 32 else { continue }
            try store.save(keyID: id, keyData: data, timestamp: key.keyData.timestamp, on: sql)
        }
        try AppStateWork(account: account).wantMissing(on: sql)
        sql.afterCommit { [news] in news.appState.raise() }
    }

    private func learn(_ message: WALIDMigrationMappingSyncMessage, on sql: any SQLConnection) throws {
        guard let bytes = Self.mappingBytes(of: [UInt8](message.encodedMappingPayload)),
            let payload = try? WALIDMigrationMappingSyncPayload(decoding: bytes)
        else {
            logger.warning("LIDs the phone told could not be read")
            return
        }
        let addresses = AddressMapStore(account: account)
        for mapping in payload.pnToLidMappings.prefix(Self.maximumMappings) {
            let lid = mapping.hasLatestLid && mapping.latestLid > 0 ? mapping.latestLid : mapping.assignedLid
            guard mapping.pn > 0, lid > 0 else { continue }
            try addresses.learn(
                lid: JID(String(lid), .lid), phone: JID(String(mapping.pn), .user), telling: recorder, on: sql)
        }
    }

    /// Phones send the mappings as they are; compressed ones are told by their first bytes, which no field of them has:
    /// gzip's 1F 8B, zlib's 78. Nil when they do not inflate.
    private static func mappingBytes(of sent: [UInt8]) -> [UInt8]? {
        guard sent.starts(with: [0x1F, 0x8B]) || sent.first == 0x78 else {
            return sent.count <= maximumMappingByteCount ? sent : nil
        }
        return try? InflateStream.inflate(sent, limit: maximumMappingByteCount)
    }

    /// A collection in the clear, believed only when we asked for it and still need it.
    private func rescue(
        _ response: WAPeerDataOperationRequestResponseMessage.PeerDataOperationResult.SyncDSnapshotFatalRecoveryResponse,
        nowMilliseconds: Int64, on sql: any SQLConnection
    ) throws {
        let sent = [UInt8](response.collectionSnapshot)
        let work = AppStateWork(account: account)
        guard
            let bytes = response.isCompressed
                ? try? InflateStream.inflate(sent, limit: Self.maximumRescueByteCount) : sent,
            let recovery = try? WASyncdSnapshotRecovery(decoding: bytes),
            AppStateCollection.Name(rawValue: recovery.collectionName) != nil,
            try work.isAwaitingRescue(of: recovery.collectionName, on: sql)
        else {
            logger.warning("the phone's copy of the app state was not asked for or could not be read")
            return
        }
        let store = AppStateStore(account: account)
        let before = try store.collection(recovery.collectionName, on: sql)
        let keys = Dictionary(try store.keys(on: sql).map { ($0.id, $0.keys) }) { first, _ in first }
        var collection = before
        guard let mutations = try? collection.apply(recovery, keys: { keys[$0] }) else {
            logger.warning("the phone's copy of the app state does not match itself")
            return
        }
        try store.save(collection, on: sql)
        try AppStateChanges(account: account, recorder: recorder, logger: logger).tell(
            mutations.filter { before.values[$0.indexMAC] != $0.valueMAC }, nowMilliseconds: nowMilliseconds, on: sql)
        try work.want([recovery.collectionName], on: sql)
        sql.afterCommit { [news] in news.appState.raise() }
    }
}
