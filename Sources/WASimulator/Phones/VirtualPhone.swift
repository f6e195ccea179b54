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
        guard !companion.wasGreeted, let phone = account.phone, let endpoint = phone.endpoint, endpoint.isPoweredOn
        else { return }
        companion.wasGreeted = true
        prepareAppState(of: account)
        for message in [keyShare(of: account), history(of: account)] {
            endpoint.say(peerMessage: message, id: makeMessageID(), to: companion, as: phone, in: self)
        }
    }

    func keyShare(of account: Account) -> WAMessage {
        let key = account.appStateKey
        var shared = WAAppStateSyncKey()
        shared.keyID.keyID = Data(key.id)
        shared.keyData.keyData = Data(key.data)
        shared.keyData.fingerprint.rawID = account.rawID
        shared.keyData.fingerprint.currentIndex = account.nextKeyIndex - 1
        shared.keyData.fingerprint.deviceIndexes = [0] + account.sortedDevices.map(\.keyIndex).filter { $0 > 0 }
        shared.keyData.timestamp = key.timestampMilliseconds
        var message = WAMessage()
        message.protocolMessage.type = .appStateSyncKeyShare
        message.protocolMessage.appStateSyncKeyShare.keys = [shared]
        return message
    }

    /// `INITIAL_BOOTSTRAP`, inline: no chats yet, but names and both addresses of everybody the account knows.
    private func history(of account: Account) -> WAMessage {
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

extension VirtualDevice {
    /// A companion of the same account asks its phone for something.
    func accept(
        peerMessage message: WAMessage, from sender: DeviceAddress, as device: Device, in server: SimulatedServer
    ) {
        guard address.device == 0, message.hasProtocolMessage,
            let companion = server.accounts[sender.number]?.devices[sender.device]
        else { return }
        switch message.protocolMessage.type {
        case .appStateSyncKeyRequest:
            let share = server.keyShare(of: server.account(of: device))
            say(peerMessage: share, id: server.makeMessageID(), to: companion, as: device, in: server)
        default: break
        }
    }
}
