import Foundation
import WACrypto
import WAProto
import WASimulator

/// Something a phone is to say. `type` decides which fields are looked at; without it, `text` is said.
struct SayRequest: Decodable {
    /// The account spoken to: a number, or an address with one.
    let to: String
    /// `text` (also when absent), or one of the types in Docs/simulator.md.
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

    /// Of a reaction or an edit: encrypted with the secret of its target.
    let isEncrypted: Bool?
    /// Of an edit: `wrapped` or `bare`.
    let shape: String?
    let durationSeconds: Int?

    let choices: [Row]?
    let sections: [Section]?
    let buttonText: String?
    let footer: String?
    /// The id of what is chosen.
    let choice: String?

    let group: String?
    let contacts: [Card]?
    let orderId: String?
    let productId: String?
    let itemCount: Int?
    let currency: String?
    let amount1000: Int64?
    let status: String?
    let startSeconds: Int64?
    let endSeconds: Int64?
    let isCanceled: Bool?
    let response: String?
    let accuracyInMeters: Int?
    let sequenceNumber: Int64?

    /// A whole protobuf, base64.
    let message: String?
    let stanzaType: String?
    let mediaType: String?
    let edit: String?

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
    /// What is wrong with the file on purpose: `mac`, `plaintextHash` or `length`.
    let spoil: String?

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
    let reachesCompanions: Bool?

    struct Row: Decodable {
        let id: String
        let text: String
        let description: String?
    }

    struct Section: Decodable {
        let title: String?
        let rows: [Row]
    }

    struct Card: Decodable {
        let name: String
        let number: String
    }

    /// Whom `to` names: a number, the id of a group or channel, or `status`.
    var recipient: String { PhoneNumber.digits(of: to) }

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
        utterance.reachesCompanions = reachesCompanions ?? false
        utterance.isEncrypted = isEncrypted ?? false
        utterance.editShape = try choice(shape, "shape") ?? .wrapped
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
        case "liveLocation":
            return .liveLocation(
                latitude: try require(latitude, "latitude"), longitude: try require(longitude, "longitude"),
                caption: caption, accuracyInMeters: accuracyInMeters, sequenceNumber: sequenceNumber ?? 1)
        case "contact":
            return .contact(
                name: try require(name, "name"), number: PhoneNumber.digits(of: try require(number, "number")))
        case "contacts":
            let cards = try require(contacts, "contacts").map {
                Utterance.Card(name: $0.name, number: PhoneNumber.digits(of: $0.number))
            }
            return .contacts(cards, title: name)
        case "poll":
            return .poll(
                question: try require(question, "question"), options: try require(options, "options"),
                selectableCount: selectableCount ?? 1)
        default: return try addition() ?? offer(uploadingTo: server) ?? file(uploadingTo: server)
        }
    }

    /// What is about an earlier message, or about the chat.
    private func addition() throws -> Utterance.Content? {
        switch type {
        case "reaction": .reaction(try require(emoji, "emoji"), to: try require(id, "id"))
        case "edit": .edit(try require(text, "text"), of: try require(id, "id"))
        case "revoke": .revoke(try require(id, "id"))
        case "vote": .vote(try require(options, "options"), in: try require(id, "id"))
        case "choose": .choose(try require(choice, "choice"), in: try require(id, "id"))
        case "eventResponse":
            .answer(
                try require(try choice(response, "response"), "response"), to: try require(id, "id"))
        case "pin": .pin(true, try require(id, "id"), seconds: durationSeconds ?? 604_800)
        case "unpin": .pin(false, try require(id, "id"), seconds: 0)
        case "keep": .keep(true, try require(id, "id"))
        case "unkeep": .keep(false, try require(id, "id"))
        case "ephemeral": .ephemeralSetting(seconds: try require(seconds, "seconds"))
        case "raw": try raw()
        default: nil
        }
    }

    private func raw() throws -> Utterance.Content {
        let bytes = try decoded(try require(message, "message"), "message")
        guard let content = try? WAMessage(decoding: bytes) else {
            throw ControlError.badRequest("message is not a protobuf.")
        }
        return .raw(content, type: stanzaType, mediaType: mediaType, edit: edit)
    }

    /// What there is to choose, to join or to buy.
    private func offer(uploadingTo server: MediaServer) throws -> Utterance.Content? {
        switch type {
        case "buttons", "template", "interactive", "list": return .choices(try allChoices())
        case "groupInvite":
            return .groupInvitation(GroupAddress.id(of: try require(group, "group")), caption: caption)
        case "order":
            return .order(
                ShownOrder(
                    id: try require(orderId, "orderId"), title: try require(title, "title"),
                    itemCount: itemCount ?? 1, status: try choice(status, "status") ?? .inquiry, message: text,
                    totalAmount1000: try require(amount1000, "amount1000"), currency: try require(currency, "currency")
                ))
        case "product":
            let product = ShownProduct(
                id: try require(productId, "productId"), title: try require(title, "title"), description: description,
                priceAmount1000: try require(amount1000, "amount1000"), currency: try require(currency, "currency"),
                url: link, body: text, footer: footer)
            return .product(product, picture: base64 == nil ? nil : try upload(.image, .image, to: server))
        case "event":
            var event = ShownEvent(
                name: try require(name, "name"), description: description,
                startSeconds: try require(startSeconds, "startSeconds"), endSeconds: endSeconds,
                isCanceled: isCanceled ?? false, joinLink: link)
            if let latitude, let longitude {
                event.location = .init(latitude: latitude, longitude: longitude, name: nil, address: address)
            }
            return .event(event)
        default: return nil
        }
    }

    private func allChoices() throws -> Choices {
        let form = try require(try choice(type, "type", of: Choices.Form.self), "type")
        func rows(_ rows: [Row]) -> [Choices.Row] {
            rows.map { .init(id: $0.id, text: $0.text, description: $0.description) }
        }
        let parts =
            try sections?.map { Choices.Section(title: $0.title, rows: rows($0.rows)) }
            ?? [Choices.Section(rows: rows(try require(self.choices, "choices")))]
        var choices = Choices(form, sections: parts)
        choices.text = text
        choices.title = title
        choices.footer = footer
        choices.buttonText = buttonText
        return choices
    }

    private func file(uploadingTo server: MediaServer) throws -> Utterance.Content {
        guard let kind = ShownContent.Kind(rawValue: type ?? ""), let purpose = Self.purposes[kind] else {
            throw ControlError.badRequest("type \(type ?? "") is nothing that a phone says.")
        }
        return .media(try upload(kind, purpose, to: server), kind)
    }

    private func choice<Value: RawRepresentable<String> & CaseIterable>(
        _ text: String?, _ field: String, of type: Value.Type = Value.self
    ) throws -> Value? {
        guard let text else { return nil }
        guard let value = Value(rawValue: text) else {
            let choices = Value.allCases.map(\.rawValue).joined(separator: ", ")
            throw ControlError.badRequest("\(field) must be one of \(choices).")
        }
        return value
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
        let (encrypted, right) = try MediaCipher.encrypt(
            bytes, keys: try MediaKeys(mediaKey: mediaKey, purpose: purpose))
        let (file, summary) = try MediaSpoil.applied(spoil, to: encrypted, right)
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
