package import SignalProtocol
import WABinary

/// One encrypted part of a received message.
///
/// ```
/// <enc v="2" type="pkmsg|msg|skmsg|msmsg" [count="1"] [mediatype] [decrypt-fail="hide"]>ciphertext</enc>
/// ```
package struct ReceivedCiphertext: Equatable, Sendable {
    package enum Kind: Equatable, Sendable {
        /// Signal, with this one device.
        case pairwise(Ciphertext.Kind)
        /// Encrypted once for a group with the sender's key ("skmsg").
        case senderKey
        /// From a bot, encrypted with a message's secret ("msmsg").
        case messageSecret
        case unknown(String)
    }

    package let kind: Kind
    /// 2, or 3 whose plaintext is not padded.
    package let version: Int
    package let bytes: [UInt8]
    /// How often it was sent again on our request.
    package let retryCount: Int
    package let mediaType: String?
    /// A part that need not be mentioned when it cannot be read, such as a reaction.
    package let isHiddenOnFailure: Bool

    /// Nil when the element has no content to decrypt.
    init?(_ element: Node) {
        guard let bytes = element.bytes else { return nil }
        self.bytes = bytes
        switch element["type"] {
        case "skmsg"?: kind = .senderKey
        case "msmsg"?: kind = .messageSecret
        case let type: kind = type.flatMap(Ciphertext.Kind.init).map(Kind.pairwise) ?? .unknown(type ?? "")
        }
        version = element.integer("v").flatMap { Int(exactly: $0) } ?? 2
        retryCount = element.integer("count").flatMap { Int(exactly: $0) } ?? 0
        mediaType = element["mediatype"]
        isHiddenOnFailure = element["decrypt-fail"] == "hide"
    }

    package var isPadded: Bool { version != 3 }

    /// The Signal kind; nil for what is not encrypted between two devices.
    package var pairwiseKind: Ciphertext.Kind? {
        guard case .pairwise(let kind) = kind else { return nil }
        return kind
    }
}
