import Logging
import SignalProtocol
import Storage
import TestSupport
import Testing
import WABinary
import WACrypto
import WAProtocol

@testable import WAClient

@Suite("Messages from groups")
struct GroupReceiveTests {
    private func receive(
        _ parts: [Node], id: String, edit: AttributeValue? = nil, from device: MemberDevice, in scene: GroupScene
    ) async throws -> (MessageOutcome, [ReceivedMessage]) {
        var node = Node(
            "message",
            [
                "from": .jid(GroupScene.group), "participant": .jid(device.jid), "id": .text(id), "t": "1790000000",
                "type": "text",
            ], parts)
        node.attributes["edit"] = edit
        let stanza = try #require(MessageStanza(node, own: scene.own))
        let receiver = MessageReceiver(
            account: GroupScene.account, credentials: scene.credentials, recorder: { _, _ in },
            phoneMessages: PhoneMessages(
                account: GroupScene.account, recorder: { _, _ in }, news: AccountNews(), logger: Logger(label: "test")))
        return try await scene.database.write { sql in
            var events: [ClientEvent] = []
            let outcome = try receiver.receive(stanza, nowMilliseconds: 1, events: &events, on: sql)
            return (outcome, events.compactMap { if case .received(let message) = $0 { message } else { nil } })
        }
    }

    /// A member who has a session with us.
    private func member(_ jid: JID, in scene: GroupScene) throws -> MemberDevice {
        let device = MemberDevice(jid)
        let credentials = scene.credentials
        try device.startSession(
            with: PreKeyBundle(
                registrationID: credentials.registrationID, identityKey: credentials.identityKey.publicKey,
                signedPreKeyID: credentials.signedPreKeyID, signedPreKey: credentials.signedPreKey.publicKey,
                signedPreKeySignature: credentials.signedPreKeySignature))
        return device
    }

    @Test("The key in a stanza opens the message beside it and those that follow, in any order")
    func keyThenMessages() async throws {
        try await withDatabase { database in
            let scene = try await GroupScene(on: database)
            try await scene.save(members: [1])
            let device = try member(scene.address(1).with(device: 3), in: scene)
            let parts = [try device.keyPart(of: GroupScene.group), try device.textPart("one")]
            let (outcome, messages) = try await receive(parts, id: "A", from: device, in: scene)
            guard case .received = outcome else {
                Issue.record("\(outcome)")
                return
            }
            #expect(messages.count == 1)
            let message = try #require(messages.first)
            #expect(message.chat == GroupScene.group && message.sender == GroupScene.phone(1) && !message.isFromMe)
            #expect(message.content.text == "one")
            let (two, three) = (try device.textPart("two"), try device.textPart("three"))
            #expect(try await receive([three], id: "C", from: device, in: scene).1.first?.content.text == "three")
            #expect(try await receive([two], id: "B", from: device, in: scene).1.first?.content.text == "two")
        }
    }

    @Test("A message whose key we lack is asked for again with our keys, then taken from the answer, once")
    func missingKey() async throws {
        try await withDatabase { database in
            let scene = try await GroupScene(on: database)
            let device = try member(scene.address(1), in: scene)
            let lost = try device.textPart("lost")
            for count: Int64 in 1...2 {
                let (outcome, messages) = try await receive([lost], id: "A", from: device, in: scene)
                guard case .needsRetry(count, .noSession, includesKeys: true) = outcome else {
                    Issue.record("\(outcome)")
                    return
                }
                #expect(messages.isEmpty)
            }
            // The answer comes encrypted to us alone, with the key beside the content.
            let answer = [try device.answerPart("lost", in: GroupScene.group)]
            #expect(try await receive(answer, id: "A", from: device, in: scene).1.map(\.content.text) == ["lost"])
            let next = try await receive([try device.textPart("next")], id: "B", from: device, in: scene)
            #expect(next.1.map(\.content.text) == ["next"])
            let again = try await receive([lost], id: "A", from: device, in: scene)
            guard case .received = again.0 else {
                Issue.record("\(again.0)")
                return
            }
            #expect(again.1.isEmpty)
        }
    }

    @Test("A second delivery of the same stanza is received and records nothing")
    func duplicate() async throws {
        try await withDatabase { database in
            let scene = try await GroupScene(on: database)
            let device = try member(scene.address(1), in: scene)
            let parts = [try device.keyPart(of: GroupScene.group), try device.textPart("one")]
            #expect(try await receive(parts, id: "A", from: device, in: scene).1.count == 1)
            let (outcome, messages) = try await receive(parts, id: "A", from: device, in: scene)
            guard case .received = outcome else {
                Issue.record("\(outcome)")
                return
            }
            #expect(messages.isEmpty)
        }
    }

    @Test("What our own phone writes to a group is ours")
    func ownDevice() async throws {
        try await withDatabase { database in
            let scene = try await GroupScene(on: database)
            let phone = try member(GroupScene.ownLID.account, in: scene)
            let parts = [try phone.keyPart(of: GroupScene.group), try phone.textPart("from my phone")]
            let message = try #require(try await receive(parts, id: "A", from: phone, in: scene).1.first)
            #expect(message.isFromMe && message.chat == GroupScene.group)
            #expect(message.content.text == "from my phone")
        }
    }

    @Test("A sender key that another device of ours put inside what it wrapped for us is taken")
    func wrappedKey() async throws {
        try await withDatabase { database in
            let scene = try await GroupScene(on: database)
            let phone = try member(GroupScene.ownLID.account, in: scene)
            let answer = [try phone.answerPart("again", in: GroupScene.group, isWrapped: true)]
            #expect(try await receive(answer, id: "A", from: phone, in: scene).1.map(\.content.text) == ["again"])
            let next = try await receive([try phone.textPart("next")], id: "B", from: phone, in: scene)
            #expect(next.1.map(\.content.text) == ["next"])
        }
    }

    @Test("Only who is known to be an admin takes back what others wrote")
    func takenBackByAdmin() async throws {
        try await withDatabase { database in
            let scene = try await GroupScene(on: database)
            try await scene.save(members: [1, 2])
            let device = try member(scene.address(1), in: scene)
            _ = try await receive([device.keyPart(of: GroupScene.group)], id: "K", from: device, in: scene)
            let key = MessageKey(chat: GroupScene.group, id: "3A00", isFromMe: false, participant: scene.address(2))
            let revoke = MessageContent.revoke(RevokeContent(key: key))
            func isTaken(_ id: String) async throws -> Bool {
                try await receive([device.part(revoke)], id: id, edit: "8", from: device, in: scene).1.count == 1
            }
            #expect(try await !isTaken("A"))
            try await scene.apply(scene.change("promote", 1))
            #expect(try await isTaken("B"))
            try await scene.apply(Node("modify"))
            #expect(try await !isTaken("C"), "who is in the group is in doubt")
        }
    }

    @Test("What is encrypted as version 3 is not padded")
    func unpadded() async throws {
        try await withDatabase { database in
            let scene = try await GroupScene(on: database)
            let device = try member(scene.address(1), in: scene)
            let content = MessageContent.text(TextContent("bare"))
            let parts = [try device.keyPart(of: GroupScene.group), try device.part(content, isPadded: false)]
            #expect(try await receive(parts, id: "A", from: device, in: scene).1.map(\.content) == [content])
        }
    }

    @Test("A key counts for the chat of its stanza and its sender's device alone")
    func keysAreSeparate() async throws {
        try await withDatabase { database in
            let scene = try await GroupScene(on: database)
            let device = try member(scene.address(1), in: scene)
            let other = try member(scene.address(2), in: scene)
            let key = try device.keyPart(of: JID("1", .group))
            _ = try await receive([key], id: "K", from: device, in: scene)
            let text = try device.textPart("mine")
            let (outcome, _) = try await receive([text], id: "A", from: other, in: scene)
            guard case .needsRetry(1, _, _) = outcome else {
                Issue.record("\(outcome)")
                return
            }
            #expect(try await receive([text], id: "A", from: device, in: scene).1.first?.content.text == "mine")
        }
    }
}
