import FoundationEssentials
import SignalProtocol
import WABinary
import WACrypto
import WAProto

/// What the phone of an account does for its companions, beyond what every device does: section 9.7 of the reference.
extension SimulatedServer {
    /// A companion is ready for the first time: app-state keys, history and names come from its phone.
    func greet(_ companion: Device) {
        let account = account(of: companion)
        guard !companion.wasGreeted, account.phone?.endpoint?.isPoweredOn == true else { return }
        companion.wasGreeted = true
        prepareAppState(of: account)
        sayAsPhone(keyShare(of: account), to: companion, of: account)
        if account.historyPlan == nil {
            sayAsPhone(emptyHistory(of: account), to: companion, of: account)
        } else {
            startHistory(to: companion, of: account)
        }
    }

    /// The account's app-state keys: all of them, or those with the given ids; one that is not there comes without data.
    func keyShare(of account: Account, ids: [[UInt8]]? = nil) -> WAMessage {
        let keys = account.appStateKeys
        let indexes = [0] + account.sortedDevices.map(\.keyIndex).filter { $0 > 0 }
        var message = WAMessage()
        message.protocolMessage.type = .appStateSyncKeyShare
        message.protocolMessage.appStateSyncKeyShare.keys = (ids ?? keys.map(\.id)).map { id in
            var shared = WAAppStateSyncKey()
            shared.keyID.keyID = Data(id)
            guard let key = keys.first(where: { $0.id == id }) else { return shared }
            shared.keyData.keyData = Data(key.data)
            shared.keyData.fingerprint.rawID = account.rawID
            shared.keyData.fingerprint.currentIndex = account.nextKeyIndex - 1
            shared.keyData.fingerprint.deviceIndexes = indexes
            shared.keyData.timestamp = key.timestampMilliseconds
            return shared
        }
        return message
    }

    /// `INITIAL_BOOTSTRAP`, inline: no chats yet, but names and both addresses of everybody the account knows.
    private func emptyHistory(of account: Account) -> WAMessage {
        var history = WAHistorySync()
        history.syncType = .initialBootstrap
        history.chunkOrder = 1
        history.progress = 100
        for number in [account.number] + account.contacts.sorted() {
            guard let known = accounts[number] else { continue }
            var name = WAPushname()
            name.id = known.jid(.phoneNumber).description
            name.pushname = known.name
            history.pushnames.append(name)
            var mapping = WAPhoneNumberToLIDMapping()
            mapping.pnJid = known.jid(.phoneNumber).description
            mapping.lidJid = known.jid(.lid).description
            history.phoneNumberToLidMappings.append(mapping)
        }
        history.nctSalt = Data(account.contactTokenSalt)
        let payload = Zlib.deflate(history.encoded())
        var message = WAMessage()
        message.protocolMessage.type = .historySyncNotification
        message.protocolMessage.historySyncNotification.syncType = .initialBootstrap
        message.protocolMessage.historySyncNotification.chunkOrder = 1
        message.protocolMessage.historySyncNotification.progress = 100
        message.protocolMessage.historySyncNotification.initialHistBootstrapInlinePayload = Data(payload)
        return message
    }

    /// 32 upper-case hexadecimal digits, as Android phones make them.
    func makeMessageID() -> String {
        random.bytes(16).map { byte in
            String(byte >> 4, radix: 16, uppercase: true) + String(byte & 0x0F, radix: 16, uppercase: true)
        }.joined()
    }
}
