import Storage
import TestSupport
import Testing
import WABinary
import WAProtocol

@testable import WAClient

@Suite("Calls")
struct CallReceiverTests {
    private typealias Scene = ReceivingScene

    private func receive(
        _ action: String, _ attributes: Attributes = [:], from: JID = Scene.friendLID.with(device: 0), id: String = "C1",
        children: [Node] = [], in scene: Scene
    ) async throws -> CallUpdate? {
        var all: Attributes = ["call-id": .text(id), "call-creator": .jid(Scene.friendLID)]
        for entry in attributes { all[entry.name] = entry.value }
        let node = Node(
            "call", ["from": .jid(from), "id": "S1", "t": "1790000000"], [Node(action, all, children)])
        let stanza = try #require({ if case .call(let call) = IncomingStanza(node) { call } else { nil } }())
        let receiver = CallReceiver(account: Scene.account, credentials: scene.credentials, recorder: { _, _ in })
        return try await scene.database.write { sql in
            try receiver.receive(stanza, nowMilliseconds: Scene.nowMilliseconds, on: sql)
        }
    }

    private func ring(_ scene: Scene, id: String = "C1") async throws -> CallUpdate? {
        try await receive("offer", id: id, children: [Node("audio"), Node("video")], in: scene)
    }

    private let ownDevice = Scene.ownLID.with(device: 0)

    @Test("A call rings once; nobody takes it and it is missed")
    func missed() async throws {
        try await withDatabase { database in
            let scene = try await Scene(on: database)
            let offered = try #require(try await ring(scene))
            #expect(offered.kind == .offered && offered.from == Scene.friend && offered.isVideo && offered.group == nil)
            #expect(try await ring(scene) == nil, "delivered again")
            #expect(try await receive("preaccept", in: scene) == nil)
            let missed = try #require(try await receive("terminate", ["reason": "timeout"], in: scene))
            #expect(missed.kind == .missed && missed.isVideo && missed.from == Scene.friend)
            #expect(try await receive("terminate", in: scene) == nil)
            #expect(try await ring(scene) == nil, "it was over")
        }
    }

    @Test("Taken on another device of ours it is accepted, and then ends")
    func accepted() async throws {
        try await withDatabase { database in
            let scene = try await Scene(on: database)
            _ = try await ring(scene)
            #expect(try await receive("accept", in: scene) == nil, "only our own devices take our calls")
            #expect(try await receive("accept", from: ownDevice, in: scene)?.kind == .accepted)
            #expect(try await receive("terminate", in: scene)?.kind == .ended)
            _ = try await ring(scene, id: "C2")
            #expect(try await receive("terminate", ["reason": "accepted_elsewhere"], id: "C2", in: scene)?.kind == .accepted)
        }
    }

    @Test("Declined by us or by another device of ours it is rejected, once")
    func rejected() async throws {
        try await withDatabase { database in
            let scene = try await Scene(on: database)
            _ = try await ring(scene)
            #expect(try await receive("reject", from: ownDevice, in: scene)?.kind == .rejected)
            #expect(try await receive("terminate", in: scene) == nil)
            _ = try await ring(scene, id: "C2")
            let receiver = CallReceiver(account: Scene.account, credentials: scene.credentials, recorder: { _, _ in })
            let (first, second) = try await database.write { sql in
                (
                    try receiver.reject("C2", nowMilliseconds: 1_000, on: sql),
                    try receiver.reject("C2", nowMilliseconds: 1_000, on: sql)
                )
            }
            #expect(first?.kind == .rejected && second == nil)
            #expect(try await receive("terminate", ["reason": "rejected_elsewhere"], id: "C2", in: scene) == nil)
        }
    }

    @Test("What was not seen ringing is not told of, nor are calls of our own")
    func unseen() async throws {
        try await withDatabase { database in
            let scene = try await Scene(on: database)
            #expect(try await receive("terminate", in: scene) == nil)
            #expect(try await receive("accept", from: ownDevice, in: scene) == nil)
            #expect(try await receive("offer", ["call-creator": .jid(ownDevice)], from: ownDevice, in: scene) == nil)
            #expect(try await receive("terminate", in: scene) == nil)
            let group = try await receive(
                "offer_notice", ["media": "video", "type": "group", "group-jid": .jid(Scene.group)], id: "C9", in: scene)
            #expect(group?.group == Scene.group && group?.isVideo == true)
        }
    }
}
