import FoundationEssentials
import TestSupport
import Testing
import WABinary
import WAProto
import WAProtocol

@Suite("Devices")
struct DeviceTests {
    private let person = JID("15551234567", .user)

    @Test("The participant hash is that of independent clients, whatever the order")
    func participantHash() throws {
        try withVectors("phash") { file in
            for vector in try file["vectors"].list {
                let devices = try vector["devices"].list.map { try #require(JID($0.text)) }
                let expected = try vector["phash"].text
                #expect(ParticipantHash.compute(devices) == expected)
                #expect(ParticipantHash.compute(devices.reversed()) == expected)
            }
        }
    }

    @Test("The phone counts always, a companion with a key index that the phone's list admits")
    func keyIndexRules() {
        let list = KeyIndexList(rawID: 1, timestampSeconds: 1, currentIndex: 5, validIndexes: [2, 5])
        let listed: [DeviceSet.Device] = [
            .init(id: 12, keyIndex: 2), .init(id: 3, keyIndex: 3), .init(id: 4, keyIndex: 6), .init(id: 5),
            .init(id: 6, keyIndex: 0), .init(id: 0),
        ]
        let set = DeviceSet(person: person, listed: listed, keyIndexes: list)
        #expect(set.devices.map(\.id) == [0, 4, 12])
        let unlisted = DeviceSet(person: person, listed: listed)
        #expect(unlisted.devices.map(\.id) == [0, 3, 4, 12])
    }

    @Test("A hosted device is addressed on the hosted server of the account's addressing")
    func hosted() {
        let device = DeviceSet.Device(id: 99, keyIndex: 1, isHosted: true)
        #expect(DeviceSet(person: person, listed: [device]).jids == [JID("15551234567", .hosted, device: 99)])
        #expect(DeviceSet(person: JID("1", .lid), listed: [device]).jids == [JID("1", .hostedLID, device: 99)])
    }

    @Test("A notified change is applied when the result has the server's hash, else the list must be fetched")
    func changes() throws {
        var set = DeviceSet(person: person, listed: [.init(id: 0), .init(id: 3, keyIndex: 1)])
        let after = [person, person.with(device: 3), person.with(device: 7)]
        let added = try change("add", device: 7, hash: ParticipantHash.compute(after))
        let isAdded = set.apply(added)
        #expect(isAdded && set.jids == after)
        let removed = try change("remove", device: 3, hash: ParticipantHash.compute([person, person.with(device: 7)]))
        let isRemoved = set.apply(removed)
        #expect(isRemoved && set.devices.map(\.id) == [0, 7])
        let other = try change("add", device: 9, hash: "2:AAAAAAAA")
        let isOtherApplied = set.apply(other)
        #expect(!isOtherApplied)
        let update = try #require(
            devicesChanged(
                Node(
                    "notification", ["type": "devices", "from": .jid(person), "id": "1"],
                    [
                        Node("update", ["hash": "2:AAAAAAAA"])
                    ])))
        let isUpdateApplied = set.apply(update)
        #expect(update.kind == .updated && !isUpdateApplied)
    }

    @Test("A device notification tells person, LID, devices and the phone's signed list")
    func notification() throws {
        var list = WAADVKeyIndexList()
        list.rawID = 9
        list.currentIndex = 3
        list.validIndexes = [1, 3]
        list.timestamp = 1_752_021_890
        var signed = WAADVSignedKeyIndexList()
        signed.details = Data(list.encoded())
        let node = Node(
            "notification",
            ["type": "devices", "from": .jid(person), "lid": .jid(JID("1000", .lid)), "id": "5", "t": "1752021890"],
            [
                Node(
                    "add", ["device_hash": "2:h", "device_lid_hash": "2:l"],
                    [
                        Node("device", ["jid": .jid(person.with(device: 3)), "key-index": "3"]),
                        Node("key-index-list", ["ts": "1752021890"], bytes: signed.encoded()),
                    ])
            ])
        let change = try #require(devicesChanged(node))
        #expect(change.person == person && change.lid == JID("1000", .lid))
        #expect(change.kind == .added([.init(id: 3, keyIndex: 3)]))
        #expect(change.hash == "2:h" && change.lidHash == "2:l")
        #expect(
            change.keyIndexes
                == KeyIndexList(rawID: 9, timestampSeconds: 1_752_021_890, currentIndex: 3, validIndexes: [1, 3]))
    }

    @Test("Two addresses make a mapping when one is a phone number and the other a LID")
    func mappings() {
        let (phone, lid) = (JID("1", .user, device: 3), JID("2", .lid, device: 3))
        let mapping = AddressMapping(phone, lid)
        #expect(mapping?.phone == JID("1", .user) && mapping?.lid == JID("2", .lid))
        #expect(AddressMapping(lid, phone) == mapping)
        #expect(AddressMapping(JID("1", .hosted, device: 99), JID("2", .hostedLID, device: 99)) == mapping)
        #expect(AddressMapping(phone, phone) == nil && AddressMapping(phone, nil) == nil)
        #expect(AddressMapping(JID("1", .group), lid) == nil && AddressMapping(.server, lid) == nil)
    }

    private func change(_ tag: String, device: UInt16, hash: String) throws -> DeviceChange {
        try #require(
            devicesChanged(
                Node(
                    "notification", ["type": "devices", "from": .jid(person), "id": "1"],
                    [
                        Node(
                            tag, ["device_hash": .text(hash)],
                            [
                                Node("device", ["jid": .jid(person.with(device: device)), "key-index": "2"])
                            ])
                    ])))
    }

    private func devicesChanged(_ node: Node) -> DeviceChange? {
        guard case .notification(let notification) = IncomingStanza(node),
            case .devicesChanged(let change) = notification.content
        else { return nil }
        return change
    }
}
