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
    /// As a device of the peer asks, with keys whose signature is this.
    private func receipt(for id: String, signature: [UInt8]) -> Node {
        func key(_ name: String, _ id: UInt8, _ more: [Node] = []) -> Node {
            Node(name, [:], [Node("id", bytes: [0, 0, id]), Node("value", bytes: KeyPair().publicKey.raw)] + more)
        }
        let keys = Node(
            "keys", [:],
            [
                Node("type", bytes: [5]), Node("identity", bytes: KeyPair().publicKey.raw), key("key", 1),
                key("skey", 2, [Node("signature", bytes: signature)]),
            ])
        return Node(
            "receipt",
            ["from": .jid(JID(LinkedClient.peerNumber, .user)), "id": .text(id), "type": "retry"],
            [
                Node("retry", ["count": "1", "id": .text(id), "t": "1790000000", "v": "1"]),
                Node("registration", bytes: [0, 0, 0, 7]), keys,
            ])
    }

    @Test("Keys that their owner did not sign are not used, and their receipt is done with")
    func forgedKeys() async throws {
        try await withLinkedClient { linked in
            _ = await linked.send("one", id: "3EB0A1")
            let connection = try #require(await linked.client.online)
            let account = linked.account
            let credentials = try #require(
                try await linked.database.read { try DeviceStore(account: account).load(on: $0) })
            let retry = try #require(RetryReceipt(receipt(for: "3EB0A1", signature: [UInt8](repeating: 1, count: 64))))
            #expect(retry.bundle != nil)
            let responder = RetryResponder(client: linked.client, credentials: credentials)
            #expect(await responder.isDone(retry, on: connection))
            _ = await linked.send("two", id: "3EB0A2")
            let inbox = try await linked.inbox(of: DeviceAddress(LinkedClient.peerNumber), count: 2)
            #expect(inbox.map(\.text) == ["one", "two"] && inbox.allSatisfy { $0.retryCount == 0 })
        }
    }
}
