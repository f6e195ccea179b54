import Storage
import WABinary
import WAProtocol

/// What receipts say about messages: whose device has them, who read or played them, and what we read on another device.
///
/// What the devices of one account tell each other (`sender`, `peer_msg`, `hist_sync`, `server-error`) is no delivery, and
/// what our own account reads is never somebody else's reading. Source: protocol reference 5.8.
struct ReceiptReceiver: Sendable {
    let account: String
    let credentials: DeviceCredentials
    let recorder: ClientRecorder

    private var addresses: AddressMapStore { AddressMapStore(account: account) }

    func receive(
        _ receipt: ReceiptStanza, nowSeconds: Int64, on sql: any SQLConnection
    ) throws -> [DeliveryUpdate] {
        for mapping in receipt.addressMappings {
            try addresses.learn(lid: mapping.lid, phone: mapping.phone, telling: recorder, on: sql)
        }
        guard let status = receipt.deliveryStatus.map(DeliveryUpdate.Status.init) else { return [] }
        let reports =
            receipt.readers.isEmpty
            ? [(receipt.sender, receipt.messageIDs, receipt.timestampSeconds)]
            : receipt.readers.map { ($0.jid.foldingHosted, [$0.messageID], $0.timestampSeconds ?? receipt.timestampSeconds) }
        return try reports.compactMap { reader, messageIDs, timestampSeconds in
            let isOwn = credentials.isOwn(reader)
            // Private receipts are between our own devices, and our own devices deliver nothing to us.
            guard isOwn ? status != .delivered : !receipt.isPrivate else { return nil }
            let chat = isOwn && receipt.from.isPerson ? receipt.recipient ?? receipt.chat : receipt.chat
            return DeliveryUpdate(
                chat: try addresses.phoneForm(of: chat, on: sql),
                from: try addresses.phoneForm(of: reader, on: sql).with(device: reader.device), messageIDs: messageIDs,
                status: status, timestampSeconds: timestampSeconds ?? nowSeconds, isOwnReading: isOwn)
        }
    }
}

extension DeliveryUpdate.Status {
    fileprivate init(_ status: ReceiptStanza.DeliveryStatus) {
        switch status {
        case .delivered: self = .delivered
        case .read: self = .read
        case .played: self = .played
        }
    }
}
