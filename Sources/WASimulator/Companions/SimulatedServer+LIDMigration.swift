import FoundationEssentials
import WABinary
import WAProto

/// The phone tells its companions which LID belongs to which number. Reference 6.2 (`LID_MIGRATION_MAPPING_SYNC`).
extension SimulatedServer {
    /// How the payload travels. Clients by others disagree, so a client should read all of them.
    package enum PayloadForm: String, Sendable, CaseIterable { case plain, gzip, zlib }

    /// Sends everybody the account knows, and everybody of its past, to one companion or all.
    package func sendLIDMapping(
        of number: String, to device: UInt16? = nil, as form: PayloadForm = .plain
    ) throws(SimulatorError) {
        let account = try account(number)
        if let device { _ = try self.device(DeviceAddress(number, device)) }
        var payload = WALIDMigrationMappingSyncPayload()
        payload.chatDbMigrationTimestamp = UInt64(clamping: nowSeconds)
        let past = history(of: account)
        let people = (0..<(past?.personCount ?? 0)).compactMap { past?.number(ofPerson: $0) }
        payload.pnToLidMappings = Set([number] + account.contacts + people).sorted().compactMap { other in
            guard let digits = UInt64(other), let lid = UInt64(lid(of: other)) else {
                return nil
            }
            var mapping = WALIDMigrationMapping()
            mapping.pn = digits
            mapping.assignedLid = lid
            return mapping
        }
        let plain = payload.encoded()
        let bytes =
            switch form {
            case .plain: plain
            case .gzip: Gzip.compress(plain)
            case .zlib: Zlib.deflate(plain)
            }
        var message = WAMessage()
        message.protocolMessage.type = .lidMigrationMappingSync
        message.protocolMessage.lidMigrationMappingSyncMessage.encodedMappingPayload = Data(bytes)
        for companion in account.sortedDevices where companion.address.device != 0 {
            if let device, companion.address.device != device { continue }
            sayAsPhone(message, to: companion, of: account)
        }
    }
}
