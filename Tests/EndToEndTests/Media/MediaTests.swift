import SimulatorServer
import Testing
import WASimulator

/// HTTP, spool, lane, upload, media host, message, download on the phone: the whole way of a file.
@Suite("Files reach phones")
struct MediaTests {
    private let phone = DeviceAddress(World.peers[0])

    @Test("Every kind of file is on the phone as it was sent, with all that is said of it", arguments: MediaForm.allCases)
    func everyKind(form: MediaForm) async throws {
        try await withWorld(seed: 51) { world in
            try await world.withAPI { api in
                for file in SampleFile.all {
                    let id = try await api.send(file, as: form, to: "\(phone.number)@c.us")
                    try file.check(try await world.shown(id, on: phone), on: phone)
                }
                #expect(world.simulator.media.store.counts.uploads == SampleFile.all.count)
            }
        }
    }

    @Test("The same file again, in another way and to another chat, is sent without being uploaded")
    func uploadedOnce() async throws {
        try await withWorld(seed: 52) { world in
            try await world.withAPI { api in
                let group = try await world.simulator.addGroup("Ops", members: [World.ownNumber] + World.peers)
                let chats = [World.peers[0] + "@c.us", World.peers[1] + "@c.us", group + "@g.us"]
                let file = SampleFile.all[0]
                for chat in chats {
                    for form in MediaForm.allCases {
                        let id = try await api.send(file, as: form, to: chat)
                        let device = chat.hasPrefix(World.peers[1]) ? DeviceAddress(World.peers[1]) : phone
                        try file.check(try await world.shown(id, on: device), on: device)
                    }
                }
                #expect(world.simulator.media.store.counts.uploads == 1)
            }
        }
    }

    @Test("A text and every kind of file reach 50 members of a group with two devices each, each uploaded once")
    func largeGroup() async throws {
        let members = (0..<50).map { String(628_551_000_000 + $0) }
        try await withWorld(seed: 53) { world in
            let devices = try await world.drive { server in
                try members.flatMap { number in
                    try server.addPhone(number)
                    return [DeviceAddress(number), DeviceAddress(number, try server.addCompanion(to: number))]
                }
            }
            let group = try await world.simulator.addGroup("Everybody", members: [World.ownNumber] + members) + "@g.us"
            try await world.withAPI { api in
                let text = try await api.sendText("Hello, all", to: group)
                var ids: [String] = []
                for file in SampleFile.all { ids.append(try await api.send(file, as: .base64, to: group)) }
                for device in devices {
                    let shown = try await world.shown(text, on: device)
                    #expect(shown.text == "Hello, all" && shown.copyCount == 1 && shown.retryCount == 0)
                    for (file, id) in zip(SampleFile.all, ids) {
                        try file.check(try await world.shown(id, on: device), on: device)
                    }
                }
                #expect(world.simulator.media.store.counts.uploads == SampleFile.all.count)
                // Again, and to one of them alone.
                for file in SampleFile.all {
                    for chat in [group, members[0] + "@c.us"] {
                        let id = try await api.send(file, as: .multipart, to: chat)
                        try file.check(try await world.shown(id, on: devices[1]), on: devices[1])
                    }
                }
                #expect(world.simulator.media.store.counts.uploads == SampleFile.all.count)
            }
        }
    }
}
