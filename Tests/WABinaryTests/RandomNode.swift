import TestSupport
import WABinary

/// Makes nodes of every shape the wire can carry.
extension SeededRandom {
    mutating func node(depth: Int = 0) -> Node {
        var attributes = Attributes()
        for _ in 0..<Int.random(in: 0...5, using: &self) {
            attributes[text(atLeast: 1)] = Bool.random(using: &self) ? .text(text()) : .jid(jid())
        }
        let tag = text(atLeast: 1)
        switch Int.random(in: 0...(depth < 4 ? 4 : 2), using: &self) {
        case 0: return Node(tag, attributes)
        case 1: return Node(tag, attributes, bytes: bytes(Int.random(in: 0...300, using: &self)))
        case 2: return Node(tag, attributes, text: text())
        default:
            let count = Int.random(in: 0...5, using: &self)
            return Node(tag, attributes, (0..<count).map { _ in node(depth: depth + 1) })
        }
    }

    mutating func text(atLeast minimum: Int = 0) -> String {
        let alphabets = ["0123456789-.", "0123456789ABCDEF", "abcdefghijklmnopqrstuvwxyz_:@ ", "aé€😀Z0"]
        switch Int.random(in: 0...5, using: &self) {
        case 0:
            return ["receipt", "s.whatsapp.net", "WhatsApp", "2:47DEQpj8", "0", "groupadd"].randomElement(using: &self)!
        case 1:
            return digits(Int.random(in: max(1, minimum)...200, using: &self))
        default:
            let alphabet = alphabets.randomElement(using: &self)!
            let count = Int.random(in: minimum...130, using: &self)
            return String((0..<count).map { _ in alphabet.randomElement(using: &self)! })
        }
    }

    mutating func jid() -> JID {
        let servers: [JID.Server] = [
            .user, .lid, .group, .broadcast, .newsletter, .legacyUser, .messenger, .interop, .hosted, .hostedLID, .bot,
            .call,
        ]
        let server = servers.randomElement(using: &self)!
        switch server {
        case .user, .lid, .hosted, .hostedLID:
            return JID(digits(14), server, device: UInt16.random(in: 0...255, using: &self))
        case .messenger:
            return JID(digits(9), server, device: .random(in: 0 ... .max, using: &self))
        case .interop:
            return JID(
                digits(9), server, device: .random(in: 0 ... .max, using: &self),
                integrator: .random(in: 0 ... .max, using: &self))
        default:
            return JID(Bool.random(using: &self) ? "" : digits(18), server)
        }
    }

    private mutating func digits(_ count: Int) -> String {
        String((0..<count).map { _ in "0123456789".randomElement(using: &self)! })
    }
}

extension Node {
    /// The node as it comes back: texts that are no tokens and not packed travel as bytes.
    func hasSameMeaning(as other: Node) -> Bool {
        guard tag == other.tag, attributes == other.attributes else { return false }
        switch (content, other.content) {
        case (nil, nil): return true
        case (.nodes(let left)?, .nodes(let right)?):
            return left.count == right.count && zip(left, right).allSatisfy { $0.hasSameMeaning(as: $1) }
        case (.nodes?, _), (_, .nodes?), (nil, _), (_, nil): return false
        default: return bytes == other.bytes
        }
    }
}
