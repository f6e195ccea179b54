import Foundation
import Testing
import WABinary
import WAProto
import WASimulator

@Suite("Channels")
struct ChannelTests {
    private let bob = DeviceAddress(GroupScene.bob)
    private let cy = DeviceAddress(GroupScene.cy)
    private static let id = "120363099999999999"
    private let jid = JID(ChannelTests.id, .newsletter)

    private func scene(followers: [String] = [GroupScene.ada, GroupScene.cy]) throws -> GroupScene {
        let scene = try GroupScene()
        try scene.bench.drive {
            try $0.addChannel("Tea news", owner: GroupScene.bob, id: Self.id, followers: followers)
        }
        return scene
    }

    @Test("What the owner says reaches followers in plaintext, edited and taken back under its own id")
    func posts() throws {
        let scene = try scene()
        let id = try scene.bench.drive { try $0.say("new tea", from: bob, to: Self.id) }
        let post = try scene.client.take("message")
        #expect(post.jid("from") == jid && post["id"] == id && post["server_id"] == "100" && post["t"] != nil)
        #expect(try WAMessage(decoding: try #require(post.child("plaintext")?.bytes)).conversation == "new tea")
        try scene.client.acknowledge(post, on: scene.bench)
        #expect(try scene.texts(on: cy) == ["new tea"])
        try scene.bench.drive { _ = try $0.say(Utterance(.edit("old tea", of: id)), from: bob, to: Self.id) }
        let edit = try scene.client.take("message")
        #expect(edit["id"] == id && edit["edit"] == "3" && edit.child("meta")?["msg_edit_t"] != nil)
        #expect(try WAMessage(decoding: try #require(edit.child("plaintext")?.bytes)).conversation == "old tea")
        #expect(try scene.texts(on: cy) == ["old tea"])
        try scene.bench.drive { _ = try $0.say(Utterance(.revoke(id)), from: bob, to: Self.id) }
        #expect(try scene.client.take("message")["edit"] == "8")
        #expect(try scene.bench.server.inboxMessage(id, of: cy).changes.revokedBy == GroupScene.bob)
        #expect(scene.bench.violations.isEmpty)
    }

    private func query(_ id: String, _ variables: String, in scene: GroupScene) throws -> [String: Any] {
        let node = Node("query", ["query_id": .text(id)], bytes: Array("{\"variables\":\(variables)}".utf8))
        let answer = try scene.client.request("w:mex", "get", [node], on: scene.bench)
        let bytes = try #require(answer.child("result")?.bytes, "\(answer)")
        return try #require(try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any])
    }

    /// What stands at a path of names and dots.
    private func at(_ path: String, in json: [String: Any]) -> Any? {
        path.split(separator: ".").reduce(json as Any?) { ($0 as? [String: Any])?[String($1)] }
    }

    @Test("A client finds, follows and leaves channels by the queries of the web client")
    func queries() throws {
        let scene = try scene(followers: [])
        let found = try query(
            "6563316087068696", #"{"input":{"key":"\#(jid)","type":"JID"},"fetch_viewer_metadata":true}"#, in: scene)
        let channel = try #require(at("data.xwa2_newsletter", in: found) as? [String: Any])
        #expect(channel["id"] as? String == jid.description)
        #expect(at("thread_metadata.name.text", in: channel) as? String == "Tea news")
        #expect(at("viewer_metadata.role", in: channel) as? String == "GUEST")
        let invite = try #require(at("thread_metadata.invite", in: channel) as? String)
        let again = try query("6563316087068696", #"{"input":{"key":"\#(invite)","type":"INVITE"}}"#, in: scene)
        #expect(at("data.xwa2_newsletter.id", in: again) as? String == jid.description)
        _ = try query("9926858900719341", #"{"newsletter_id":"\#(jid)"}"#, in: scene)
        let mine = try query("6388546374527196", "{}", in: scene)
        let listed = try #require(at("data.xwa2_newsletter_subscribed", in: mine) as? [[String: Any]])
        #expect(listed.map { $0["id"] as? String } == [jid.description])
        _ = try query("6392786840836363", #"{"newsletter_id":"\#(jid)"}"#, in: scene)
        #expect(try scene.bench.server.channel(Self.id).followers.isEmpty)
        let made = try query(
            "6234210096708695", #"{"newsletter_input":{"name":"Mine","description":"d"}}"#, in: scene)
        #expect(at("data.xwa2_newsletter_create.viewer_metadata.role", in: made) as? String == "OWNER")
        let nothing = try query("6563316087068696", #"{"input":{"key":"123@newsletter","type":"JID"}}"#, in: scene)
        #expect(nothing["data"] == nil && (nothing["errors"] as? [Any])?.count == 1)
    }

    @Test("Following, leaving and muting answer with the channel, and are told to the account's devices")
    func news() throws {
        let scene = try scene(followers: [])
        let steps: [(id: String, key: String, news: String)] = [
            ("24404358912487870", "xwa2_newsletter_join_v2", "xwa2_notify_newsletter_on_join"),
            ("29766401636284406", "xwa2_newsletter_mute_v2", "xwa2_notify_newsletter_on_mute_change"),
            ("9864994326891137", "xwa2_newsletter_unmute_v2", "xwa2_notify_newsletter_on_mute_change"),
            ("9767147403369991", "xwa2_newsletter_leave_v2", "xwa2_notify_newsletter_on_leave"),
        ]
        for step in steps {
            let answer = try query(step.id, #"{"newsletter_id":"\#(jid)"}"#, in: scene)
            #expect(at("data.\(step.key).id", in: answer) as? String == jid.description)
            let note = try scene.client.take("notification") { $0["type"] == "mex" }
            let update = try #require(note.child("update"))
            #expect(update["op_name"]?.hasPrefix("NotificationNewsletter") == true)
            let json = try #require(
                try JSONSerialization.jsonObject(with: Data(update.bytes ?? [])) as? [String: Any])
            #expect(at("data.\(step.news).id", in: json) as? String == jid.description)
            try scene.client.acknowledge(note, on: scene.bench)
        }
        #expect(scene.bench.violations.isEmpty)
    }

    @Test("An owner makes a channel with a picture, counts who follows, hands it on, and loses what only owners may")
    func owning() throws {
        let scene = try scene()
        let made = try query(
            "8823471724422422", #"{"input":{"name":"Mine","description":null,"picture":"/9j/4AECAw=="}}"#, in: scene)
        let own = try #require(at("data.xwa2_newsletter_create.id", in: made) as? String)
        let path = at("data.xwa2_newsletter_create.thread_metadata.picture.direct_path", in: made) as? String
        #expect(scene.bench.stored[MediaPath.name(of: try #require(path))] != nil)
        let plain = try query("8823471724422422", #"{"input":{"name":"Plain"}}"#, in: scene)
        let none = at("data.xwa2_newsletter_create.thread_metadata.picture.direct_path", in: plain) as? String
        #expect(none?.isEmpty == true, "Baileys reads it without looking")
        let id = try #require(JID(own)).user
        try scene.bench.drive { try $0.follow(true, channel: id, by: GroupScene.cy) }
        let followers = try query("9800646650009898", #"{"input":{"newsletter_id":"\#(own)","count":10}}"#, in: scene)
        let edges = at("data.xwa2_newsletter_subscribers.subscribers.edges", in: followers) as? [[String: Any]]
        #expect(edges?.map { at("node.display_name", in: $0) as? String } == ["Cy"])
        let strange = try query("9783111038412085", #"{"newsletter_id":"\#(jid)"}"#, in: scene)
        #expect(strange["errors"] != nil, "of another's channel nobody tells")
        let found = try query("7263823273662354", #"{"input":{"limit":20,"country_codes":["ID"]}}"#, in: scene)
        #expect((at("data.xwa2_newsletters_recommended.result", in: found) as? [Any])?.count == 0, "she has them all")
        let all = try query("6190824427689257", #"{"input":{"view":"RECOMMENDED","limit":2}}"#, in: scene)
        #expect((at("data.xwa2_newsletters_directory_list.result", in: all) as? [Any])?.count == 2)
        let cyJID = try scene.jid(GroupScene.cy)
        let given = try query(
            "7341777602580933", #"{"newsletter_id":"\#(own)","user_id":"\#(cyJID)"}"#, in: scene)
        #expect(at("data.xwa2_newsletter_change_owner.id", in: given) as? String == own)
        #expect(try scene.bench.server.channel(id).owner == GroupScene.cy)
        let count = try query("7130823597031706", #"{"newsletter_id":"\#(own)"}"#, in: scene)
        #expect(at("data.xwa2_newsletter_admin.admin_count", in: count) as? Int == 2)
        for number in ["6551828931592903", "30062808666639665"] {
            let refused = try query(number, #"{"newsletter_id":"\#(own)","user_id":"\#(cyJID)"}"#, in: scene)
            #expect(refused["data"] == nil && refused["errors"] != nil)
        }
        let plainID = try #require(at("data.xwa2_newsletter_create.id", in: plain) as? String)
        let gone = try query("30062808666639665", #"{"newsletter_id":"\#(plainID)"}"#, in: scene)
        #expect(at("data.xwa2_newsletter_delete_v2.state.type", in: gone) as? String == "DELETED")
        #expect(scene.bench.server.channelList().count == 2)
    }

    @Test("A client that follows reacts and looks; it cannot post, and its own channel it can")
    func clientPosts() throws {
        let scene = try scene()
        let id = try scene.bench.drive { try $0.say("new tea", from: bob, to: Self.id) }
        let live = try scene.client.request("newsletter", "set", [Node("live_updates")], on: scene.bench)
        #expect(live.child("error") != nil, "to nobody in particular")
        let request = Node(
            "iq", ["id": "x1", "xmlns": "newsletter", "type": "set", "to": .jid(jid)], [Node("live_updates")])
        try scene.bench.send(request, from: scene.client)
        #expect(try scene.client.take("iq") { $0["id"] == "x1" }.child("live_updates")?["duration"] == "300")
        let ack = try scene.client.send(
            Node(
                "message", ["id": "3EB0A1", "to": .jid(jid), "type": "reaction", "server_id": "100"],
                [Node("reaction", ["code": "👍"])]), on: scene.bench)
        #expect(ack["error"] == nil)
        let update = try scene.client.take("notification") { $0["type"] == "newsletter" }
        let shown = try #require(update.child("live_updates")?.child("messages")?.child("message"))
        #expect(shown["server_id"] == "100" && shown.child("reactions")?.children.first?["code"] == "👍")
        try scene.bench.drive { try $0.react("👍", count: 41, to: 100, in: Self.id) }
        try scene.bench.send(
            Node(
                "receipt", ["id": "3EB0V1", "type": "view", "to": .jid(jid)],
                [Node("list", [:], [Node("item", ["server_id": "100"])])]), from: scene.client)
        let post = try #require(try scene.bench.server.channel(Self.id).posts.first)
        #expect(post.id == id && post.reactions == ["👍": 42] && post.views == 1)
        var text = WAMessage()
        text.conversation = "spam"
        let spam = Node(
            "message", ["id": "3EB0A2", "to": .jid(jid), "type": "text"],
            [Node("plaintext", [:], bytes: text.encoded())])
        #expect(try scene.client.send(spam, on: scene.bench)["error"] == "403")
        let own = try scene.bench.drive {
            try $0.addChannel("Ada's", owner: GroupScene.ada, followers: [GroupScene.cy])
        }
        var mine = spam
        mine.attributes["to"] = .jid(JID(own, .newsletter))
        #expect(try scene.client.send(mine, on: scene.bench)["server_id"] == "100")
        #expect(try scene.texts(on: cy).last == "spam")
        #expect(scene.bench.violations.isEmpty)
    }

    @Test("Posts are listed from the newest backwards, with what became of them")
    func list() throws {
        let scene = try scene()
        for text in ["one", "two", "three"] { _ = try scene.bench.drive { try $0.say(text, from: bob, to: Self.id) } }
        let answer = try scene.client.request(
            "newsletter", "get",
            [Node("messages", ["type": "jid", "jid": .jid(jid), "count": "2", "before": "102"])], on: scene.bench)
        let messages = try #require(answer.child("messages")).children("message")
        #expect(messages.map { $0["server_id"] } == ["100", "101"])
        #expect(messages.allSatisfy { $0.child("plaintext") != nil && $0.child("views_count") != nil })
        let request = Node(
            "iq", ["id": "x2", "xmlns": "newsletter", "type": "get", "to": .jid(jid)],
            [Node("message_updates", ["count": "5", "after": "100"])])
        try scene.bench.send(request, from: scene.client)
        let updates = try scene.client.take("iq") { $0["id"] == "x2" }.child("message_updates")?.child("messages")
        #expect(updates?.children.map { $0["server_id"] } == ["101", "102"])
    }
}
