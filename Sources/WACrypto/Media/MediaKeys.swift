/// The keys of one media file, expanded from the 32-byte media key that a message carries.
///
/// ```
/// HKDF(mediaKey, no salt, purpose, 112) = iv (16) || cipher key (32) || MAC key (32) || reference key (32, unused)
/// ```
package struct MediaKeys: Sendable {
    package static let mediaKeyByteCount = 32

    package let iv: [UInt8]
    package let cipherKey: [UInt8]
    package let macKey: [UInt8]
    package let referenceKey: [UInt8]

    /// Throws `wrongLength` unless the media key has 32 bytes.
    package init(mediaKey: [UInt8], purpose: Purpose) throws(CryptoError) {
        guard mediaKey.count == Self.mediaKeyByteCount else { throw .wrongLength }
        let expanded = KeyDerivation.hkdf(mediaKey, info: purpose.rawValue, count: 112)
        iv = [UInt8](expanded[0..<16])
        cipherKey = [UInt8](expanded[16..<48])
        macKey = [UInt8](expanded[48..<80])
        referenceKey = [UInt8](expanded[80..<112])
    }

    /// What a file is used for; the raw value is the context string of the key derivation.
    ///
    /// Stickers use `image`; animated images and round videos use `video`; voice notes use `audio`.
    package enum Purpose: String, Sendable, CaseIterable {
        case image = "WhatsApp Image Keys"
        case video = "WhatsApp Video Keys"
        case audio = "WhatsApp Audio Keys"
        case document = "WhatsApp Document Keys"
        case history = "WhatsApp History Keys"
        case appState = "WhatsApp App State Keys"
        case stickerPack = "WhatsApp Sticker Pack Keys"
        case stickerPackThumbnail = "WhatsApp Sticker Pack Thumbnail Keys"
        case linkThumbnail = "WhatsApp Link Thumbnail Keys"
        case imageThumbnail = "WhatsApp Image Thumbnail Keys"
        case videoThumbnail = "WhatsApp Video Thumbnail Keys"
        case documentThumbnail = "WhatsApp Document Thumbnail Keys"
        case paymentBackground = "WhatsApp Payment Background Keys"
    }
}
