import WABinary
import WAProto

/// Which companions an account's phone has signed for, by key index.
///
/// ```
/// <key-index-list ts="1752021890">ADVSignedKeyIndexList { details: ADVKeyIndexList, … }</key-index-list>
/// ```
/// The signature is not checked: its prefix is not known for certain (protocol reference 3.3), no client checks it, and
/// who could forge the list could forge the device list beside it.
package struct KeyIndexList: Equatable, Sendable {
    /// Chosen anew when the account is registered anew.
    package let rawID: UInt32
    package let timestampSeconds: Int64
    package let currentIndex: UInt32
    package let validIndexes: Set<UInt32>

    package init(rawID: UInt32, timestampSeconds: Int64, currentIndex: UInt32, validIndexes: Set<UInt32>) {
        self.rawID = rawID
        self.timestampSeconds = timestampSeconds
        self.currentIndex = currentIndex
        self.validIndexes = validIndexes
    }

    /// Nil when the element holds no readable list.
    init?(_ element: Node) {
        guard let bytes = element.bytes, !bytes.isEmpty,
            let signed = try? WAADVSignedKeyIndexList(decoding: bytes),
            let list = try? WAADVKeyIndexList(decoding: [UInt8](signed.details))
        else { return nil }
        self.init(
            rawID: list.rawID, timestampSeconds: WireTime.seconds(list.timestamp), currentIndex: list.currentIndex,
            validIndexes: Set(list.validIndexes))
    }

    /// A companion counts when its index is listed, or newer than the list.
    func admits(_ keyIndex: UInt32) -> Bool {
        validIndexes.contains(keyIndex) || keyIndex > currentIndex
    }
}
