import WABinary
import WAProto

/// App-state sync: fetching patches, taking new ones, telling the account's other devices.
extension SimulatedServer {
    func answerAppState(_ node: Node, from device: Device, on connection: Connection) {
        guard let account = accounts[device.address.number] else { return }
        var changed: [String] = []
        let answers = (node.child("sync")?.children("collection") ?? []).map { asked -> Node in
            guard let name = asked["name"] else { return Node("collection", ["type": "error"]) }
            let version = UInt64(asked["version"] ?? "0") ?? 0
            if let patch = asked.child("patch")?.bytes {
                return accept(patch, on: version, in: name, of: account, from: device, changed: &changed)
            }
            return answer(name, since: version, of: account)
        }
        reply(to: node, [Node("sync", [:], answers)], on: connection)
        for name in changed { announceAppState(name, of: account, except: device) }
    }

    /// All patches after the version. A snapshot is never needed: what is there is small.
    private func answer(_ name: String, since version: UInt64, of account: Account) -> Node {
        let collection = account.appState[name]
        let newer = collection.patches.dropFirst(Int(min(version, collection.version)))
        let attributes: Attributes = ["name": .text(name), "version": .text(String(collection.version))]
        guard !newer.isEmpty else { return Node("collection", attributes) }
        return Node(
            "collection", attributes, [Node("patches", [:], newer.map { Node("patch", [:], bytes: $0) })])
    }

    private func accept(
        _ patch: [UInt8], on version: UInt64, in name: String, of account: Account, from device: Device,
        changed: inout [String]
    ) -> Node {
        do {
            let mutations = try account.appState.accept(patch, on: version, in: name, with: account.appStateKey)
            changed.append(name)
            for mutation in mutations where mutation.index == ["setting_pushName"] {
                account.name = mutation.value.pushNameSetting.name
            }
            return Node(
                "collection", ["name": .text(name), "version": .text(String(account.appState[name].version))])
        } catch .conflict {
            var node = answer(name, since: version, of: account)
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

    func announceAppState(_ name: String, of account: Account, except sender: Device?) {
        let change = Node(
            "collection", ["name": .text(name), "version": .text(String(account.appState[name].version))])
        for other in account.sortedDevices where other !== sender && other.endpoint == nil {
            deliver(notification("server_sync", from: account.jid(.phoneNumber), [change]), to: other)
        }
    }

    /// What a phone has written down of itself before its first companion comes: name and language.
    func prepareAppState(of account: Account) {
        guard account.appState["critical_block"].version == 0 else { return }
        var name = WASyncActionValue()
        name.timestamp = nowMilliseconds
        name.pushNameSetting.name = account.name
        var locale = WASyncActionValue()
        locale.timestamp = nowMilliseconds
        locale.localeSetting.locale = "en_US"
        account.appState.set(
            [(["setting_pushName"], 1, name), (["setting_locale"], 3, locale)], in: "critical_block",
            with: account.appStateKey, using: &random)
    }
}
