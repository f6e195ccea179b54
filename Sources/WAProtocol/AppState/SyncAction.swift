import FoundationEssentials
package import WAProto

/// Something one device of an account does to what all of them show.
///
/// ```
/// index   compact JSON: ["deleteMessageForMe", chat, message id, fromMe "1"|"0", participant | "0"]
/// data    SyncActionData { 1 index, 2 value { 1 timestamp, … }, 3 padding (empty), 4 version }
/// ```
/// Source: protocol reference 5.14.
package struct SyncAction: Sendable {
    package let collection: String
    package let index: [UInt8]
    package let data: WASyncActionData

    /// Takes a message away on our own devices only.
    ///
    /// The key is in the addressing of the chat; `sentAtSeconds` is the message's own time.
    package static func deleteForMe(
        _ key: MessageKey, sentAtSeconds: Int64, deletesMedia: Bool, nowMilliseconds: Int64
    ) -> SyncAction {
        let wire = key.proto
        var value = WASyncActionValue()
        value.timestamp = nowMilliseconds
        value.deleteMessageForMeAction.deleteMedia = deletesMedia
        value.deleteMessageForMeAction.messageTimestamp = sentAtSeconds
        return SyncAction(
            collection: "regular_high", version: 3,
            index: [
                "deleteMessageForMe", wire.remoteJid, wire.id, wire.fromMe ? "1" : "0",
                wire.hasParticipant ? wire.participant : "0",
            ], value: value)
    }

    private init(collection: String, version: Int32, index: [String], value: WASyncActionValue) {
        self.collection = collection
        self.index = Array("[\(index.map(Self.quoted).joined(separator: ","))]".utf8)
        var data = WASyncActionData()
        data.index = Data(self.index)
        data.value = value
        data.padding = Data()
        data.version = version
        self.data = data
    }

    /// A JSON string as compact writers write it.
    private static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": quoted += "\\\(scalar)"
            case "\u{0}"..<" ":
                let hex = String(scalar.value, radix: 16)
                quoted += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}
