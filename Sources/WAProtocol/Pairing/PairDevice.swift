package import WABinary

/// The server's offer of references to show as QR codes, the start of every pairing.
///
/// ```
/// ← <iq from="s.whatsapp.net" type="set" id xmlns="md"><pair-device><ref>bytes</ref>…6</pair-device></iq>
/// → <iq to="s.whatsapp.net" type="result" id/>
/// ```
/// Show the first for 60 s and each other for 20 s; when they run out the server closes.
/// Source: protocol reference 3.1.
package struct PairDevice: Equatable, Sendable {
    package let id: String
    /// ASCII texts, to be shown in this order.
    package let refs: [String]

    init?(_ node: Node) {
        guard node["type"] == "set", let id = node["id"], let offer = node.child("pair-device") else { return nil }
        self.id = id
        refs = offer.children("ref").compactMap(\.text)
    }

    package var reply: Node { .iqResult(id: id) }
}
