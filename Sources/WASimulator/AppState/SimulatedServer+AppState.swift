import FoundationEssentials
import WABinary
import WACrypto
import WAProto

/// App-state sync: fetching patches and snapshots, taking new patches, telling the account's other devices.
///
/// Reference 5.14 and 9.5. The phone shares its keys with its companions; the server itself would have none.
extension SimulatedServer {
    func answerAppState(_ node: Node, from device: Device, on connection: Connection) {
        guard let account = accounts[device.address.number] else { return }
        var changed: [String] = []
        let answers = (node.child("sync")?.children("collection") ?? []).map { asked -> Node in
            guard let name = asked["name"], AppStateVault.names.contains(name) else {
                return Node(
                    "collection", ["name": .text(asked["name"] ?? ""), "type": "error"],
                    [Node("error", ["code": "400", "text": "bad-request"])])
            }
            // Whoever wants a snapshot leaves the version out, or says 0.
            let version = UInt64(asked["version"] ?? "0") ?? 0
            if let patch = asked.child("patch")?.bytes {
                return accept(patch, on: version, in: name, of: account, from: device, changed: &changed)
            }
            return answer(name, since: version, wantsSnapshot: asked["return_snapshot"] == "true", of: account)
        }
        reply(to: node, [Node("sync", [:], answers)], on: connection)
        for name in changed { announceAppState(name, of: account, except: device) }
    }

    /// What is newer than the version: patches, page by page, or a snapshot for whoever starts from nothing.
    private func answer(_ name: String, since version: UInt64, wantsSnapshot: Bool, of account: Account) -> Node {
        let collection = account.appState[name]
        let behaviour = account.appStateBehaviour
        guard collection.version > version else {
            return Node("collection", ["name": .text(name), "version": .text(String(collection.version))])
        }
        let isLarge = collection.patches.count > Self.inlinePatchLimit || collection.hasSpoiledPatch
        if wantsSnapshot && version == 0 && (behaviour.snapshots == .always || isLarge) {
            let reference = snapshot(of: collection, account)
            return Node(
                "collection", ["name": .text(name), "version": .text(String(collection.version))],
                [Node("snapshot", [:], bytes: reference)])
        }
        let newer = collection.patches(after: version)
        let page = newer.prefix(behaviour.pageLimit)
        var attributes: Attributes = [
            "name": .text(name), "version": .text(String(collection.version - UInt64(newer.count - page.count))),
        ]
        if page.count < newer.count { attributes["has_more_patches"] = "true" }
        return Node("collection", attributes, [Node("patches", [:], page.map { Node("patch", [:], bytes: $0) })])
    }

    /// More patches than this are handed out as a snapshot to whoever asks for one.
    private static let inlinePatchLimit = 100

    /// Puts a snapshot on the media server and returns where it is (an `ExternalBlobReference`).
    private func snapshot(of collection: AppStateCollection, _ account: Account) -> [UInt8] {
        var snapshot = collection.snapshot(with: account.appStateKey)
        let bad = account.appStateBehaviour.badSnapshots
        if bad == .mac { snapshot.mac[snapshot.mac.startIndex] ^= 0xFF }
        let label =
            "app state snapshot/\(account.number)/\(collection.name)/\(collection.version)/\(bad?.rawValue ?? "")"
        let file = EncryptedFile(
            snapshot.encoded(), mediaKey: seeds.bytes(label), purpose: .appState, type: "md-app-state")
        var stored = bad == .spoiled ? file.stored.spoiled : file.stored
        if bad == .gone { stored.status = 404 }
        perform(.store(stored))
        account.appStateSnapshotCounts[collection.name, default: 0] += 1
        return file.reference.encoded()
    }

    private func accept(
        _ patch: [UInt8], on version: UInt64, in name: String, of account: Account, from device: Device,
        changed: inout [String]
    ) -> Node {
        if account.appStateBehaviour.conflictCount > 0, version == account.appState[name].version {
            account.appStateBehaviour.conflictCount -= 1
            beFirst(in: name, of: account)
            changed.append(name)
        }
        do {
            let mutations = try account.appState.accept(patch, on: version, in: name, keys: account.appStateKeys)
            changed.append(name)
            for (mutation, isRemoval) in mutations {
                for complaint in AppStateActionTable.complaints(about: mutation, isRemoval: isRemoval, in: name) {
                    report(.appStateAction, "device \(device.address): \(complaint)")
                }
                apply(mutation, isRemoval: isRemoval, to: account)
            }
            return Node(
                "collection", ["name": .text(name), "version": .text(String(account.appState[name].version))])
        } catch .conflict {
            var node = answer(name, since: version, wantsSnapshot: false, of: account)
            node.attributes["type"] = "error"
            let error = Node("error", ["code": "409", "text": "conflict"])
            return Node("collection", node.attributes, [error] + node.children)
        } catch {
            report(.appStateMAC, "device \(device.address) sent a patch of \(name) that was refused: \(error)")
            return Node(
                "collection", ["name": .text(name), "version": .text(String(version)), "type": "error"],
                [Node("error", ["code": "400", "text": "bad-request"])])
        }
    }

    /// Another device of the account writes something of no consequence, so that a client comes too late.
    private func beFirst(in name: String, of account: Account) {
        var value = WASyncActionValue()
        value.timestamp = nowMilliseconds
        let index = ["nux", "simulator-\(account.appState[name].version)"]
        write([.init(index: index, version: 7, value: value)], in: name, of: account)
    }

    func announceAppState(_ name: String, of account: Account, except sender: Device?) {
        let change = Node(
            "collection", ["name": .text(name), "version": .text(String(account.appState[name].version))])
        for other in account.sortedDevices where other !== sender && other.endpoint == nil {
            deliver(notification("server_sync", from: account.jid(.phoneNumber), [change]), to: other)
        }
    }

    // MARK: - What it brings about

    /// What the account's phone does with a change, beyond showing it.
    func apply(_ mutation: AppStateMutation, isRemoval: Bool, to account: Account) {
        switch mutation.index.first {
        case "setting_pushName" where !isRemoval: account.name = mutation.value.pushNameSetting.name
        case "contact" where mutation.index.count == 2:
            guard let jid = JID(mutation.index[1]), let number = known(jid, to: account) else { return }
            if isRemoval { account.addressBook.remove(number) } else { account.addressBook.insert(number) }
        default: break
        }
    }

    /// Changes of the phone, without telling anybody.
    func write(
        _ changes: [AppStateVault.Change], in name: String, of account: Account, spoil: AppStateSpoil? = nil
    ) {
        let file = account.appState.write(changes, in: name, with: account.appStateKeys, spoil: spoil, using: &random)
        if let file { perform(.store(file)) }
        for change in changes { apply(change.mutation, isRemoval: change.isRemoval, to: account) }
    }

    /// The number behind an address: of a phone of the simulator, or of somebody in the account's past.
    func known(_ jid: JID, to account: Account) -> String? {
        if let known = self.account(at: jid) { return known.number }
        if jid.server == .user { return jid.user }
        return history(of: account)?.chat(at: jid)?.number
    }
}
