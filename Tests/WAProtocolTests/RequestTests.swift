import TestSupport
import Testing
import WABinary
import WAProtocol

@Suite("Small requests")
struct RequestTests {
    @Test("A ping is written as whatsmeow writes it, byte for byte")
    func ping() {
        #expect(
            NodeEncoder.encode(PingRequest().node(id: "12.34-1"))
                == [UInt8](hex: "f8091908ff8412b34a1f1657042911fa0003"))
    }

    @Test("Requests have the shapes of the reference")
    func shapes() {
        let device = JID("15551234567", .user, device: 12)
        expectSet(PassiveRequest(isActive: true), xmlns: "passive", Node("active"))
        expectSet(PassiveRequest(isActive: false), xmlns: "passive", Node("passive"))
        expectSet(
            LogoutRequest(device: device), xmlns: "md",
            Node("remove-companion-device", ["jid": .jid(device), "reason": "user_initiated"]))
        expectSet(
            CleanDirtyRequest(type: "groups", timestampSeconds: 5), xmlns: "urn:xmpp:whatsapp:dirty",
            Node("clean", ["type": "groups", "timestamp": "5"]))
        expectSet(
            CleanDirtyRequest(type: "account_sync"), xmlns: "urn:xmpp:whatsapp:dirty",
            Node("clean", ["type": "account_sync"]))
        expectSet(
            PrivacyTokenRequest(people: [JID("1000", .lid, device: 2)], timestampSeconds: 9), xmlns: "privacy",
            Node(
                "tokens", [:],
                [
                    Node("token", ["jid": .jid(JID("1000", .lid)), "t": "9", "type": "trusted_contact"])
                ]))
    }

    private func expectSet(_ request: some WARequest, xmlns: String, _ child: Node) {
        #expect(
            request.node(id: "1")
                == Node("iq", ["id": "1", "xmlns": .text(xmlns), "type": "set", "to": .jid(.server)], [child]))
    }

    @Test("A token is due once in seven days of Unix time")
    func tokenBuckets() {
        #expect(PrivacyTokenRequest.isDue(lastIssuedSeconds: nil, nowSeconds: 0))
        #expect(!PrivacyTokenRequest.isDue(lastIssuedSeconds: 604_800, nowSeconds: 1_209_599))
        #expect(PrivacyTokenRequest.isDue(lastIssuedSeconds: 604_800, nowSeconds: 1_209_600))
    }

    @Test("An error reply is an error with code, text and backoff; a result is none")
    func errors() {
        let node = Node(
            "iq", ["type": "error", "id": "1"],
            [
                Node("error", ["code": "429", "text": "rate-overlimit", "backoff": "30"])
            ])
        #expect(IQError(node) == IQError(code: 429, text: "rate-overlimit", backoffSeconds: 30))
        #expect(IQError(Node("iq", ["type": "error"])) == IQError(code: 0))
        #expect(IQError(Node("iq", ["type": "result"])) == nil)
    }

    @Test("The unified session id is the time of a week that starts three days early")
    func unifiedSession() {
        let node = UnifiedSessionStanza(nowMilliseconds: 4 * 86_400_000 + 5, serverOffsetMilliseconds: 2).node
        #expect(node == Node("ib", [:], [Node("unified_session", ["id": "7"])]))
    }
}
