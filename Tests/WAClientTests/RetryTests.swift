import SignalProtocol
import Storage
import Testing
import WABinary
import WACrypto
import WAProtocol
import WASimulator

@testable import WAClient

@Suite("Answers to retry receipts")
struct RetryTests {
    /// As a device of the peer asks, with keys of a new identity that signed them, or did not.
    private func receipt(for id: String, in group: JID? = nil, isForged: Bool) -> Node {
        let (identity, signed) = (KeyPair(), KeyPair().publicKey)
        let signature = isForged ? [UInt8](repeating: 1, count: 64) : identity.sign(signed.typed)
        func key(_ name: String, _ id: UInt8, _ key: PublicKey, _ more: [Node] = []) -> Node {
            Node(name, [:], [Node("id", bytes: [0, 0, id]), Node("value", bytes: key.raw)] + more)
        }
        let keys = Node(
            "keys", [:],
            [
                Node("type", bytes: [5]), Node("identity", bytes: identity.publicKey.raw),
                key("key", 1, KeyPair().publicKey), key("skey", 2, signed, [Node("signature", bytes: signature)]),
            ])
        let peer = JID(LinkedClient.peerNumber, .user)
        var attributes: Attributes = ["from": .jid(group ?? peer), "id": .text(id), "type": "retry"]
        attributes["participant"] = group.map { _ in .jid(peer) }
        return Node(
            "receipt", attributes,
            [
                Node("retry", ["count": "1", "id": .text(id), "t": "1790000000", "v": "1"]),
                Node("registration", bytes: [0, 0, 0, 7]), keys,
            ])
    }

    private func credentials(of linked: LinkedClient) async throws -> DeviceCredentials {
        let account = linked.account
        return try #require(try await linked.database.read { try DeviceStore(account: account).load(on: $0) })
    }

    @Test("Keys of another identity make the sender keys void that the one before held")
    func otherIdentity() async throws {
        try await withLinkedClient { linked in
            let id = try await linked.drive { server in
                try server.addGroup("Ops", members: [LinkedClient.ownNumber, LinkedClient.peerNumber])
            }
            let group = JID(id, .group)
            let envelope = OutgoingEnvelope(id: "3EB0A1", recipient: group, content: .text(TextContent("one")))
            _ = await linked.client.send([envelope])
            let keys = SenderKeyStore(account: linked.account)
            let before = try await linked.database.read { try keys.own(group, on: $0)?.record.distribution() }
            // The answer shall not leave: the phone has no such identity.
            let connection = try #require(await linked.client.online)
            connection.close(ConnectionEnd.cancelled)
            let responder = RetryResponder(client: linked.client, credentials: try await credentials(of: linked))
            let retry = try #require(RetryReceipt(receipt(for: "3EB0A1", in: group, isForged: false)))
            #expect(await responder.isDone(retry, on: connection))
            let after = try await linked.database.read { try keys.own(group, on: $0)?.record.distribution() }
            #expect(before != nil && after != nil && before?.bytes != after?.bytes)
            let changed = try await linked.log.first { if case .identityChanged(let person) = $0 { person } else { nil } }
            #expect(changed == JID(LinkedClient.peerNumber, .user))
        }
    }

    @Test("Keys that their owner did not sign are not used, and their receipt is done with")
    func forgedKeys() async throws {
        try await withLinkedClient { linked in
            _ = await linked.send("one", id: "3EB0A1")
            let connection = try #require(await linked.client.online)
            let retry = try #require(RetryReceipt(receipt(for: "3EB0A1", isForged: true)))
            #expect(retry.bundle != nil)
            let responder = RetryResponder(client: linked.client, credentials: try await credentials(of: linked))
            #expect(await responder.isDone(retry, on: connection))
            _ = await linked.send("two", id: "3EB0A2")
            let inbox = try await linked.inbox(of: DeviceAddress(LinkedClient.peerNumber), count: 2)
            #expect(inbox.map(\.text) == ["one", "two"] && inbox.allSatisfy { $0.retryCount == 0 })
        }
    }
}
