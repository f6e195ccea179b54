import WABinary

/// The one bot there is: listed to whoever asks, and described in usync. Messages to it are not answered.
///
/// ```
/// bot    <bot v="2"/>   → <bot v="2"><default jid persona_id/><section type="all" name><bot jid persona_id/>…
/// usync  <bot><profile v="1"/></bot>   → <bot><profile persona_id><name/><attributes/><description/>…
/// ```
/// whatsmeow reads every child of a profile without looking whether it is there.
extension SimulatedServer {
    private static let bot = JID("867051314767696", .bot)
    private static let persona = "867051314767696$760019659443059"

    func answerBots(_ node: Node, on connection: Connection) {
        let place: Attributes = ["jid": .jid(Self.bot), "persona_id": .text(Self.persona)]
        let sections = [
            Node("default", place), Node("section", ["type": "all", "name": "All"], [Node("bot", place)]),
        ]
        reply(to: node, [Node("bot", ["v": "2"], sections)], on: connection)
    }

    /// nil for whoever is no bot.
    func botNode(of jid: JID) -> Node? {
        guard jid.account == Self.bot else { return nil }
        func text(_ tag: String, _ text: String) -> Node { Node(tag, [:], bytes: Array(text.utf8)) }
        let command = Node("command", [:], [text("name", "imagine"), text("description", "Makes a picture")])
        let prompt = Node("prompt", [:], [text("emoji", "☕️"), text("text", "How is coffee made?")])
        let profile = Node(
            "profile", ["persona_id": .text(Self.persona)],
            [
                text("name", "Meta AI"), text("attributes", "ai"), text("description", "A simulated assistant"),
                text("category", "assistant"), Node("default"),
                Node("commands", [:], [text("description", "What it can do"), command]), Node("prompts", [:], [prompt]),
            ])
        return Node("bot", [:], [profile])
    }
}
