import Foundation
import WACrypto
import WASimulator

/// Something a phone is to say. `type` decides which fields are looked at; without it, `text` is said.
struct SayRequest: Decodable {
    /// The account spoken to: a number, or an address with one.
    let to: String
    /// `text` (also when absent), `link`, `image`, `video`, `gif`, `roundVideo`, `audio`, `voice`, `document`,
    /// `sticker`, `location`, `contact`, `poll`, `reaction`, `edit`, `revoke`, `vote`, `pin` or `unpin`.
    let type: String?
    /// The text, or the new text of an edit.
    let text: String?
    /// The name of the recipient on the stanza: `lid` (as phones do today) or `phoneNumber`.
    let addressing: String?

    /// The id of the message a reaction, edit, deletion, vote or pin is about.
    let id: String?
    /// Of a reaction; empty takes it back.
    let emoji: String?
    /// Of a poll, or the chosen ones of a vote.
    let options: [String]?
    let question: String?
    /// How many options of a poll may be chosen; 0 for any number.
    let selectableCount: Int?

    /// The file, base64.
    let base64: String?
    let mimetype: String?
    let caption: String?
    let fileName: String?
    let width: Int?
    let height: Int?
    let seconds: Int?
    let pageCount: Int?
    /// JPEG or PNG, base64.
    let thumbnail: String?
    let waveform: [UInt8]?
    let isAnimated: Bool?

    let latitude: Double?
    let longitude: Double?
    /// Of a place, or of a contact.
    let name: String?
    let address: String?
    /// Of a contact.
    let number: String?
    let link: String?
    let title: String?
    let description: String?

    /// The id of the message it replies to.
    let quotedId: String?
    let mentions: [String]?
    let forwardingScore: Int?
    let expirationSeconds: Int?
    let isViewOnce: Bool?

    var recipientAddressing: Addressing {
        get throws {
            guard let addressing = Addressing(rawValue: addressing ?? Addressing.lid.rawValue) else {
                throw ControlError.badRequest("addressing must be lid or phoneNumber.")
            }
            return addressing
        }
    }

    func utterance(uploadingTo server: MediaServer) throws -> Utterance {
        var utterance = Utterance(try content(uploadingTo: server))
        utterance.quotedID = quotedId
        utterance.mentions = (mentions ?? []).map(PhoneNumber.digits)
        utterance.forwardingScore = forwardingScore ?? 0
        utterance.expirationSeconds = expirationSeconds
        utterance.isViewOnce = isViewOnce ?? false
        return utterance
    }

    private func content(uploadingTo server: MediaServer) throws -> Utterance.Content {
        switch type ?? "text" {
        case "text": return .text(try require(text, "text"))
        case "link":
            return .link(
                try require(text, "text"), link: try require(link, "link"), title: try require(title, "title"),
                description: description)
        case "location":
            return .location(
                latitude: try require(latitude, "latitude"), longitude: try require(longitude, "longitude"), name: name,
                address: address)
        case "contact":
            return .contact(
                name: try require(name, "name"), number: PhoneNumber.digits(of: try require(number, "number")))
        case "poll":
            return .poll(
                question: try require(question, "question"), options: try require(options, "options"),
                selectableCount: selectableCount ?? 1)
        case "reaction": return .reaction(try require(emoji, "emoji"), to: try require(id, "id"))
        case "edit": return .edit(try require(text, "text"), of: try require(id, "id"))
        case "revoke": return .revoke(try require(id, "id"))
        case "vote": return .vote(try require(options, "options"), in: try require(id, "id"))
        case "pin": return .pin(true, try require(id, "id"))
        case "unpin": return .pin(false, try require(id, "id"))
        case let type:
            guard let kind = ShownContent.Kind(rawValue: type), let purpose = Self.purposes[kind] else {
                throw ControlError.badRequest("type \(type) is nothing that a phone says.")
            }
            return .media(try upload(kind, purpose, to: server), kind)
        }
    }

    private func require<Value>(_ value: Value?, _ field: String) throws -> Value {
        guard let value else { throw ControlError.badRequest("\(field) is missing for type \(type ?? "text").") }
        return value
    }

    // MARK: - Files

    private static let purposes: [ShownContent.Kind: MediaKeys.Purpose] = [
        .image: .image, .video: .video, .gif: .video, .roundVideo: .video, .audio: .audio, .voice: .audio,
        .document: .document, .sticker: .image,
    ]

    private static let mimetypes: [ShownContent.Kind: String] = [
        .image: "image/jpeg", .video: "video/mp4", .gif: "video/mp4", .roundVideo: "video/mp4", .audio: "audio/mp4",
        .voice: "audio/ogg; codecs=opus", .document: "application/octet-stream", .sticker: "image/webp",
    ]

    private func upload(
        _ kind: ShownContent.Kind, _ purpose: MediaKeys.Purpose, to server: MediaServer
    ) throws -> ShownMedia {
        let bytes = try decoded(try require(base64, "base64"), "base64")
        guard !bytes.isEmpty else { throw ControlError.badRequest("base64 is empty.") }
        let mediaKey = SecureRandom.bytes(MediaKeys.mediaKeyByteCount)
        let (file, summary) = try MediaCipher.encrypt(bytes, keys: try MediaKeys(mediaKey: mediaKey, purpose: purpose))
        let mms = purpose == .image ? "image" : purpose == .video ? "video" : purpose == .audio ? "audio" : "document"
        let blob = try server.store.put(file, type: mms)
        let directPath = MediaPath.directPath(of: blob.name, type: mms)
        var media = ShownMedia(
            file: MediaFile(
                directPath: directPath, url: MediaPath.url(of: directPath, at: server.host), mediaKey: mediaKey,
                fileSHA256: summary.fileSHA256, encryptedFileSHA256: summary.encryptedFileSHA256,
                byteCount: summary.fileByteCount, purpose: purpose),
            mimetype: mimetype ?? Self.mimetypes[kind] ?? "application/octet-stream")
        media.caption = caption
        media.fileName = fileName
        media.width = width
        media.height = height
        media.seconds = seconds
        media.pageCount = pageCount
        media.thumbnail = try thumbnail.map { try decoded($0, "thumbnail") }
        media.waveform = waveform
        media.isAnimated = isAnimated ?? false
        media.sidecar = purpose == .video || purpose == .audio ? summary.sidecar : nil
        return media
    }

    private func decoded(_ text: String, _ field: String) throws -> [UInt8] {
        guard let data = Data(base64Encoded: text) else { throw ControlError.badRequest("\(field) is not base64.") }
        return [UInt8](data)
    }
}
