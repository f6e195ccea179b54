import FoundationEssentials
package import WAProto

/// Something one device of an account does to what all of them show.
///
/// ```
/// index   compact JSON: ["deleteMessageForMe", chat, message id, fromMe "1"|"0", participant | "0"]
/// data    SyncActionData { 1 index, 2 value { 1 timestamp, … }, 3 padding (empty), 4 version }
/// ```
/// The actions there are: `SyncAction+Chats.swift`, `SyncAction+Account.swift`. Source: protocol reference 5.14.
package struct SyncAction: Sendable {
    package let collection: String
    package let index: [UInt8]
    package let data: WASyncActionData
    /// Takes what stands under the index away instead of setting it.
    package let removes: Bool

    init(
        _ collection: AppStateCollection.Name, version: Int32, index: [String], atMilliseconds: Int64,
        removes: Bool = false, _ fill: (inout WASyncActionValue) -> Void
    ) {
        self.collection = collection.rawValue
        self.index = Array("[\(index.map(Self.quoted).joined(separator: ","))]".utf8)
        self.removes = removes
        var value = WASyncActionValue()
        value.timestamp = atMilliseconds
        fill(&value)
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
