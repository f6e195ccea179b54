import Testing
import WABinary
import WASimulator

/// A client of Ada in a group with Bob and Cy: Bob has a companion in the simulator, Cy only the phone.
struct GroupScene {
    static let ada = "15551234567"
    static let bob = "15557654321"
    static let cy = "15550001111"
    static let id = "120363021234567890"

    let bench: SimulatorBench
    let client: ScriptedClient
    let group = JID(GroupScene.id, .group)
    let bobsCompanion: DeviceAddress

    init(addressing: Addressing = .lid, creator: String = GroupScene.ada, seed: UInt64 = 71) throws {
        bench = SimulatorBench()
        bobsCompanion = try bench.drive { server in
            try server.addPhone(Self.ada, name: "Ada")
            try server.addPhone(Self.bob, name: "Bob")
            try server.addPhone(Self.cy, name: "Cy")
            return DeviceAddress(Self.bob, try server.addCompanion(to: Self.bob))
        }
        client = try ScriptedClient.linked(to: Self.ada, seed: seed, on: bench)
        let members = [Self.ada, Self.bob, Self.cy]
        try bench.drive {
            try $0.addGroup("Tea", members: members, creator: creator, id: Self.id, addressing: addressing)
        }
    }

    /// All devices in the simulator that can read the group.
    var readers: [DeviceAddress] {
        [DeviceAddress(Self.ada), DeviceAddress(Self.bob), bobsCompanion, DeviceAddress(Self.cy)]
    }

    func texts(on device: DeviceAddress) throws -> [String?] { try bench.server.inbox(of: device).map(\.text) }

    func jid(_ number: String, _ addressing: Addressing = .lid) throws -> JID {
        addressing == .lid ? JID(try bench.server.phone(number).lid, .lid) : JID(number, .user)
    }

    /// Everything the client was told so far is taken and acknowledged, and the time for it to be heeded has passed.
    func settle() throws {
        for stanza in client.received where ["notification", "message", "receipt"].contains(stanza.tag) {
            try client.acknowledge(stanza, on: bench)
        }
        client.received.removeAll()
        try bench.pass(milliseconds: 6_000)
    }
}
