package import WAProtocol

/// The file of a message, as its row has it: where it lies with WhatsApp, and how far it is with us.
///
/// ```
/// remote ─(somebody asks)─► pending ─► stored ─(retention)─► omitted
///                              │  └──► omitted: larger than we keep
///                              └─────► failed: gone for good, or not what the message says
/// ```
package struct InboundMedia: Sendable, Equatable {
    package enum State: String, Sendable {
        /// Not fetched unless somebody asks for it: of history, or where downloads are switched off.
        case remote
        /// To be fetched, or being fetched.
        case pending
        /// On our disk, checked.
        case stored
        /// Not kept: too large, or kept long enough.
        case omitted
        /// It cannot be had (any more).
        case failed

        /// Whether waiting changes nothing.
        package var isSettled: Bool { self != .pending }
    }

    /// Why a file is not there. Rows outlive versions: an unknown one is read as nil.
    package enum Reason: String, Sendable {
        case tooLarge, retired
        /// Neither WhatsApp nor the phone has it any more.
        case expired
        /// What came is not what the message says.
        case corrupted
        case refused
        /// The hosts, or the phone, could not be reached for days.
        case unreachable
    }

    /// The message's row.
    package let key: Key
    package let kind: MediaKind
    package var state: State
    package var reason: Reason?
    /// As the sender says, of bounded length and printable.
    package let mimetype: String
    /// A bare file name, see ``SafeFilename``.
    package let filename: String?
    package let byteCount: Int
    /// 64 hex digits.
    package let sha256: String
    var reference: MediaReference
    /// How often fetching failed, and how often the phone was asked to upload it anew.
    var attempts = 0
    var askings = 0

    /// A row of `gateway_messages`.
    package struct Key: Hashable, Sendable {
        package let sessionID: String
        package let messageSeq: Int64

        package init(sessionID: String, messageSeq: Int64) {
            self.sessionID = sessionID
            self.messageSeq = messageSeq
        }
    }

    init(
        key: Key, kind: MediaKind, state: State, reason: Reason? = nil, mimetype: String, filename: String?,
        byteCount: Int, sha256: String, reference: MediaReference
    ) {
        self.key = key
        self.kind = kind
        self.state = state
        self.reason = reason
        self.mimetype = mimetype
        self.filename = filename
        self.byteCount = byteCount
        self.sha256 = sha256
        self.reference = reference
    }

    /// The file that a message brings.
    init(_ content: MediaContent, of key: Key, state: State, reason: Reason? = nil) {
        self.init(
            key: key, kind: content.kind, state: state, reason: reason, mimetype: SafeMimetype.of(content.mimetype),
            filename: content.filename.flatMap { SafeFilename.of($0) }, byteCount: content.reference.byteCount,
            sha256: Hex.text(content.reference.fileSHA256), reference: content.reference)
    }
}

/// Bytes as lower-case hex digits.
enum Hex {
    private static let digits = Array("0123456789abcdef".utf8)

    static func text(_ bytes: [UInt8]) -> String {
        String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
