import SignalProtocol
import Storage
import TestSupport
import Testing
import WABinary
import WACrypto
import WAProto
import WAProtocol

@testable import WAClient

@Suite("Sends to groups")
struct GroupFanoutTests {
    @Test("The first message hands the key to every device, later ones are the ciphertext alone", arguments: [
        GroupAddressing.lid, .phone,
    ])
    func steadyState(addressing: GroupAddressing) async throws {
        try await withDatabase { database in
            let scene = try await GroupScene(on: database, addressing: addressing)
            let devices = try await scene.people(3)
            #expect(try await scene.send("early", id: "A") == nil)
            let first = try #require(try await scene.sendPrepared("one", id: "A"))
            #expect(first["addressing_mode"] == (addressing == .lid ? "lid" : nil))
            let named = try #require(first.child("participants")).children("to").compactMap { $0.jid("jid") }
            #expect(Set(named) == Set(devices.map(\.jid)) && named.count == devices.count)
            #expect(first.child("device-identity")?.bytes == [1, 2, 3])
            let everybody = devices.map(\.jid) + [addressing == .lid ? GroupScene.ownLID : GroupScene.ownPhone]
            #expect(first["phash"] == ParticipantHash.compute(everybody))
            for device in devices { #expect(try device.read(first) == "one") }

            for index in 0..<3 {
                let bytes = try #require(try await scene.send("two \(index)", id: "B\(index)"))
                let next = try NodeDecoder.decode(bytes)
                #expect(next.children.map(\.tag) == ["enc"] && next["phash"] == first["phash"])
                for device in devices { #expect(try device.read(next) == "two \(index)") }
            }
        }
    }

    @Test("The same id gives the same bytes, before and after others were sent")
    func repeated() async throws {
        try await withDatabase { database in
            let scene = try await GroupScene(on: database)
            let devices = try await scene.people(2)
            _ = try await scene.prepareKeys()
            let first = try #require(try await scene.send("one", id: "A"))
            _ = try await scene.send("two", id: "B")
            let again = try await scene.send("changed", id: "A")
            #expect(again == first)
            #expect(try devices[0].read(NodeDecoder.decode(first)) == "one")
        }
    }

    @Test("Keys that were prepared before a crash are the ones that leave after it")
    func preparedKeysSurvive() async throws {
        try await withDatabase { database in
            let scene = try await GroupScene(on: database)
            let devices = try await scene.people(2)
            let before = try await scene.prepareKeys()
            #expect(before.lacking.count == devices.count)
            let senderKeys = scene.senderKeys
            let prepared = try await database.read { try senderKeys.handouts(GroupScene.group, on: $0) }
            let restarted = try await scene.prepareKeys()
            #expect(restarted.lacking.isEmpty)
            let stanza = try NodeDecoder.decode(try #require(try await scene.send("one", id: "A")))
            let sent = try #require(stanza.child("participants")).children("to").compactMap { $0.child("enc")?.bytes }
            #expect(Set(sent) == Set(prepared.compactMap(\.payload?.bytes)))
            for device in devices { #expect(try device.read(stanza) == "one") }
        }
    }

    @Test("At most 64 keys are prepared in one transaction, and the message waits for the last")
    func bounded() async throws {
        try await withDatabase { database in
            let scene = try await GroupScene(on: database)
            let devices = try await scene.people(40, devices: [0, 3])
            #expect(try await scene.prepareKeys().lacking.count == devices.count)
            #expect(try await scene.send("one", id: "A") == nil)
            #expect(try await scene.prepareKeys().lacking.count == devices.count - 64)
            let stanza = try #require(try await scene.sendPrepared("one", id: "A"))
            for device in devices { #expect(try device.read(stanza) == "one") }
        }
    }

    @Test("Who is removed cannot read the next message, the others can")
    func removed() async throws {
        try await withDatabase { database in
            let scene = try await GroupScene(on: database)
            let devices = try await scene.people(3)
            _ = try await scene.sendPrepared("one", id: "A").map { first in for device in devices { _ = try device.read(first) } }
            try await scene.apply(scene.change("remove", 2))
            #expect(try await scene.send("two", id: "B") == nil)
            let next = try #require(try await scene.sendPrepared("two", id: "B"))
            for device in devices {
                if device.jid.account == scene.address(2) {
                    #expect(throws: SignalError.self) { try device.read(next) }
                } else {
                    #expect(try device.read(next) == "two")
                }
            }
        }
    }

    @Test("A new member gets the key with the next message and cannot read what was sent before")
    func added() async throws {
        try await withDatabase { database in
            let scene = try await GroupScene(on: database)
            let devices = try await scene.people(2)
            let first = try #require(try await scene.sendPrepared("one", id: "A"))
            for device in devices { _ = try device.read(first) }
            try await scene.apply(scene.change("add", 9))
            let newcomer = MemberDevice(scene.address(9))
            #expect(try await scene.prepareKeys().unknownPeople == [scene.address(9)])
            try await scene.list([0], of: scene.address(9))
            try await scene.open(newcomer)
            let next = try #require(try await scene.sendPrepared("two", id: "B"))
            #expect(next.child("participants")?.children("to").compactMap { $0.jid("jid") } == [newcomer.jid])
            for device in devices + [newcomer] { #expect(try device.read(next) == "two") }
            #expect(throws: SignalError.olderThanSenderKey) { try newcomer.read(Node("message", [:], [first.child("enc")!])) }
        }
    }

    @Test("A device that disappears is shut out, a new one is let in")
    func devicesChange() async throws {
        try await withDatabase { database in
            let scene = try await GroupScene(on: database)
            let devices = try await scene.people(2)
            let first = try #require(try await scene.sendPrepared("one", id: "A"))
            for device in devices { _ = try device.read(first) }
            try await scene.list([0, 8], of: scene.address(1))
            let fresh = MemberDevice(scene.address(1).with(device: 8))
            try await scene.open(fresh)
            let next = try #require(try await scene.sendPrepared("two", id: "B"))
            for device in devices + [fresh] {
                if device.jid == scene.address(1).with(device: 3) {
                    #expect(throws: SignalError.self) { try device.read(next) }
                } else {
                    #expect(try device.read(next) == "two")
                }
            }
        }
    }

    @Test("Hosted devices get nothing, and devices without keys are left out until the next connection")
    func leftOut() async throws {
        try await withDatabase { database in
            let scene = try await GroupScene(on: database)
            _ = try await scene.people(1)
            try await scene.list([0, 3, 7, 99], of: scene.address(1))
            let keyless = scene.address(1).with(device: 7)
            var gaps = RecipientGaps()
            #expect(try await scene.prepareKeys(gaps: gaps).lacking.map(\.jid).contains(keyless))
            #expect(try await scene.send("one", id: "A", gaps: gaps) == nil)
            gaps.keyless = [keyless]
            let stanza = try NodeDecoder.decode(try #require(try await scene.send("one", id: "A", gaps: gaps)))
            let named = try #require(stanza.child("participants")).children("to").compactMap { $0.jid("jid") }
            #expect(
                Set(named) == [
                    scene.address(1), scene.address(1).with(device: 3), GroupScene.ownLID.account,
                ])
            #expect(try await scene.send("two", id: "B") != nil)
            let senderKeys = scene.senderKeys
            try await database.write { try senderKeys.unsettlePartial(on: $0) }
            #expect(try await scene.send("three", id: "C") == nil)
            #expect(try await scene.prepareKeys().lacking.map(\.jid) == [keyless])
        }
    }

    @Test("A member whose devices the server does not list is left out")
    func unlisted() async throws {
        try await withDatabase { database in
            let scene = try await GroupScene(on: database)
            let devices = try await scene.people(2)
            try await scene.apply(scene.change("add", 9))
            #expect(try await scene.prepareKeys().unknownPeople == [scene.address(9)])
            var gaps = RecipientGaps()
            gaps.unlisted = [scene.address(9)]
            #expect(try await scene.prepareKeys(gaps: gaps).unknownPeople.isEmpty)
            let stanza = try NodeDecoder.decode(try #require(try await scene.send("one", id: "A", gaps: gaps)))
            for device in devices { #expect(try device.read(stanza) == "one") }
            let senderKeys = scene.senderKeys
            try await database.write { try senderKeys.unsettlePartial(on: $0) }
            #expect(try await scene.send("two", id: "B") == nil)
            #expect(try await scene.prepareKeys().unknownPeople == [scene.address(9)])
        }
    }

    @Test("In a group whose messages disappear the content says after how long")
    func disappearing() async throws {
        try await withDatabase { database in
            let scene = try await GroupScene(on: database)
            let devices = try await scene.people(1)
            try await scene.apply(Node("ephemeral", ["expiration": "86400"]))
            let stanza = try #require(try await scene.sendPrepared("one", id: "A"))
            #expect(stanza["expiration"] == "86400")
            #expect(try devices[0].read(stanza) == "one")
            let kept = try await database.read { try SentMessageStore(account: GroupScene.account).message("A", on: $0) }
            let message = try WAMessage(decoding: #require(kept?.content))
            #expect(message.extendedTextMessage.contextInfo.expiration == 86_400)
        }
    }

    @Test("What the server had no answer for is forgotten person by person")
    func gaps() {
        let (one, two) = (GroupScene.lid(1), GroupScene.lid(2))
        var gaps = RecipientGaps(
            keyless: [one.with(device: 3), two], withoutLID: [GroupScene.phone(1)], unlisted: [one, two])
        gaps.forget([one.description, GroupScene.phone(1).description])
        #expect(gaps.keyless == [two] && gaps.withoutLID.isEmpty && gaps.unlisted == [two])
    }

    @Test("A hash of the server that differs makes us ask for members and devices, once")
    func hashDiffers() async throws {
        try await withDatabase { database in
            let scene = try await GroupScene(on: database)
            _ = try await scene.people(2)
            _ = try await scene.sendPrepared("one", id: "A")
            let groups = scene.groups
            try await database.write { try groups.doubt(GroupScene.group, serverHash: "2:other", on: $0) }
            #expect(try await scene.send("two", id: "B") == nil)
            let known = try await database.read { try groups.addressing(of: GroupScene.group, on: $0) }
            #expect(known == nil)
            _ = try await scene.save(members: [1, 2])
            #expect(try await scene.prepareKeys().unknownPeople.count == 3)
            try await scene.list([0, 5], of: GroupScene.ownPhone)
            for number in 1...2 { try await scene.list([0, 3], of: scene.address(number)) }
            #expect(try await scene.send("two", id: "B") != nil)
            try await database.write { try groups.doubt(GroupScene.group, serverHash: "2:other", on: $0) }
            #expect(try await scene.send("three", id: "C") != nil)
        }
    }

    @Test("After a person reinstalled WhatsApp everybody gets a new key, and who they were before reads nothing more")
    func reinstalled() async throws {
        try await withDatabase { database in
            let scene = try await GroupScene(on: database)
            let devices = try await scene.people(2)
            let first = try #require(try await scene.sendPrepared("one", id: "A"))
            for device in devices { _ = try device.read(first) }
            let (senderKeys, person) = (scene.senderKeys, scene.address(1).description)
            try await database.write { try senderKeys.forgetHandouts(to: person, on: $0) }
            let fresh = MemberDevice(scene.address(1))
            try await scene.list([0], of: scene.address(1))
            try await scene.open(fresh)
            #expect(try await scene.send("two", id: "B") == nil)
            let next = try #require(try await scene.sendPrepared("two", id: "B"))
            #expect(try fresh.read(next) == "two")
            for device in devices {
                if device.jid.account == scene.address(1) {
                    #expect(throws: SignalError.self) { try device.read(next) }
                } else {
                    #expect(try device.read(next) == "two")
                }
            }
        }
    }

    @Test("A key that was only prepared for somebody who reinstalled WhatsApp is forgotten, and the others keep it")
    func reinstalledBeforeItLeft() async throws {
        try await withDatabase { database in
            let scene = try await GroupScene(on: database)
            _ = try await scene.people(2)
            _ = try await scene.prepareKeys()
            let (senderKeys, person) = (scene.senderKeys, scene.address(1).description)
            try await database.write { try senderKeys.forgetHandouts(to: person, on: $0) }
            #expect(try await scene.prepareKeys().lacking.map(\.jid.account) == [scene.address(1), scene.address(1)])
        }
    }

    @Test("Who was stored under the number before the LID was known keeps the key")
    func addressLearnedLater() async throws {
        try await withDatabase { database in
            let scene = try await GroupScene(on: database, addressing: .phone)
            let stranger = GroupParticipant(jid: GroupScene.phone(77))
            let group = Group(
                jid: GroupScene.group, details: GroupDetails(subject: "", addressing: .phone), participants: [stranger])
            let (groups, own) = (scene.groups, scene.own)
            try await database.write { try groups.save(group, own: own, on: $0) }
            try await scene.list([5], of: GroupScene.ownPhone)
            try await scene.list([0], of: stranger.jid)
            let device = MemberDevice(stranger.jid)
            try await scene.open(device)
            let first = try #require(try await scene.sendPrepared("one", id: "A"))
            #expect(try device.read(first) == "one")
            try await database.write { sql in
                try AddressMapStore(account: GroupScene.account).learn(
                    lid: GroupScene.lid(77), phone: stranger.jid, telling: { _, _ in }, on: sql)
            }
            #expect(try await scene.send("two", id: "B") == nil)
            try await scene.list([0], of: stranger.jid)
            let next = try NodeDecoder.decode(try #require(try await scene.send("two", id: "B")))
            #expect(next.child("participants") == nil)
            #expect(try device.read(next) == "two")
        }
    }
}
