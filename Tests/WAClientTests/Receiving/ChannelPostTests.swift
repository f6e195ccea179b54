import TestSupport
import Testing
import WABinary
import WAProto
import WAProtocol

@testable import WAClient

@Suite("Posts in channels")
struct ChannelPostTests {
    private let channel = JID("120363000000000009", .newsletter)

    private func stanza(_ text: String?, edit: String? = nil, at milliseconds: Int64? = nil, id: String = "3A01") -> Node {
        var node = Node(
            "message", ["from": .jid(channel), "id": .text(id), "t": "1790000000", "type": "text", "server_id": "7"],
            [text.map { Node("plaintext", bytes: MessageContent.text(TextContent($0)).encoded) } ?? Node("plaintext")])
        if let edit { node.attributes["edit"] = .text(edit) }
        if let milliseconds {
            node = Node(
                "message", node.attributes, node.children + [Node("meta", ["msg_edit_t": .text("\(milliseconds)")])])
        }
        return node
    }

    @Test("A post, its edits and its end are told once each, and acknowledged")
    func posts() async throws {
        try await withDatabase { database in
            let scene = try await ReceivingScene(on: database)
            for node in [stanza("one"), stanza("one"), stanza("two", edit: "3", at: 5), stanza("two", edit: "3", at: 5)] {
                guard case .acknowledgedOnly = try await scene.receive(node).0 else {
                    Issue.record("channel posts get no receipt")
                    return
                }
            }
            let post = try #require(try await scene.receive(stanza("new", id: "3A02")).1.messages.first)
            #expect(post.chat == channel && post.sender == channel && post.isChannel && !post.isFromMe)
            #expect(post.content.text == "new")
            let edit = try #require(try await scene.receive(stanza("three", edit: "3", at: 6)).1.messages.first)
            #expect(edit.content.target?.id == "3A01" && edit.content.text == "three")
            let revoked = try #require(try await scene.receive(stanza(nil, edit: "8")).1.messages.first)
            #expect(revoked.content.target == MessageKey(chat: channel, id: "3A01", isFromMe: false, participant: channel))
            #expect(try await scene.receive(stanza("two", edit: "3", at: 5)).1.isEmpty)
        }
    }

    @Test("A channel is not believed what only our own devices may say, and bytes that are no message change nothing")
    func hostile() async throws {
        try await withDatabase { database in
            let scene = try await ReceivingScene(on: database)
            var share = WAMessage()
            share.protocolMessage.type = .appStateSyncKeyShare
            let node = Node(
                "message", ["from": .jid(channel), "id": "3A01", "t": "1"], [Node("plaintext", bytes: share.encoded())])
            #expect(try await scene.receive(node).1.rejected.map(\.claim) == ["appStateSyncKeyShare"])
            let noise = Node("message", ["from": .jid(channel), "id": "3A02"], [Node("plaintext", bytes: [0xFF])])
            #expect(try await scene.receive(noise).1.isEmpty)
        }
    }

    @Test("Live updates tell posts, and pass over numbers")
    func liveUpdates() throws {
        let node = Node(
            "notification", ["from": .jid(channel), "id": "N1", "type": "newsletter", "t": "9"],
            [
                Node(
                    "live_updates", [:],
                    [
                        Node(
                            "messages", ["jid": .jid(channel), "t": "1790000000"],
                            [
                                Node("message", ["server_id": "6"], [Node("views_count", ["count": "3"])]),
                                stanza("seven"),
                            ])
                    ])
            ])
        let posts = ChannelPost.all(in: try #require(NotificationStanza(node)))
        #expect(posts.map(\.id) == ["3A01"] && posts.first?.content.text == "seven")
        #expect(posts.first?.channel == channel && posts.first?.timestampSeconds == 1_790_000_000)
    }
}
