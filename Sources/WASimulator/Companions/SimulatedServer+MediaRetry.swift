import FoundationEssentials
import WABinary
import WACrypto
import WAProto

/// Files that the media servers no longer keep, uploaded again by the phone. Reference 7.6.
///
/// ```
/// <receipt type="server-error" id to=own><encrypt/><rmr jid from_me participant/></receipt>    a message's file
/// <receipt type="server-error" id to=own category="peer"><encrypt/></receipt>                  a blob of history
///     ─► phone ─► <notification type="mediaretry" id><encrypt/><rmr/></notification>
/// ```
extension SimulatedServer {
    package func mediaAnswer(of number: String) throws(SimulatorError) -> MediaRetryAnswer {
        try account(number).requests.mediaAnswer
    }

    /// How the phone answers from now on.
    package func setMediaAnswer(_ answer: MediaRetryAnswer, of number: String) throws(SimulatorError) {
        try account(number).requests.mediaAnswer = answer
    }

    /// The wish goes to the phone, where it waits while that has no power.
    func route(mediaRetry node: Node, to: JID, from device: Device) {
        let account = account(of: device)
        guard self.account(at: to) === account, to.device == 0, device.address.device != 0, let phone = account.phone
        else {
            return report(.malformedStanza, "device \(device.address) asked another account for a re-upload")
        }
        var forwarded = node
        forwarded.attributes["to"] = nil
        forwarded.attributes["from"] = .jid(device.jid(.phoneNumber, in: account))
        deliver(forwarded, to: phone)
    }

    /// What the phone does with it.
    func answer(mediaRetry node: Node, from device: DeviceAddress) {
        guard let id = node["id"], let account = accounts[device.number], let companion = account.devices[device.device]
        else { return }
        let isHistory = node["category"] == "peer"
        let kind: CompanionRequest.Kind = isHistory ? .historyReupload : .mediaReupload
        func object(_ text: String) {
            report(.peerRequest, "device \(device): request \(id) for a re-upload: \(text)")
            note(kind, id, from: companion, isAnswered: false)
        }
        guard let wish = node.child("encrypt"), let ciphertext = wish.child("enc_p")?.bytes,
            let iv = wish.child("enc_iv")?.bytes, iv.count == 12
        else { return object("without enc_p or enc_iv") }
        guard isHistory || node.child("rmr")?.jid("jid") != nil else { return object("without rmr") }
        let target = isHistory ? historyTarget(id, of: account, device) : messageTarget(node, id, of: account)
        guard let target else {
            note(kind, id, from: companion, isAnswered: true, result: .notOnPhone)
            return deliver(mediaRetry(node, of: account, [Node("error", ["code": "2"])]), to: companion)
        }
        guard let cipher = try? MediaRetryCipher(mediaKey: target.mediaKey, messageID: id),
            let opened = try? cipher.open(ciphertext, iv: iv),
            let receipt = try? WAServerErrorReceipt(decoding: opened), receipt.stanzaID == id
        else { return object("cannot be opened with the key of its file, or names another message") }
        let answer = account.requests.mediaAnswer
        let path = answer == .success ? uploadAgain(target, for: companion, of: account) : nil
        note(kind, id, from: companion, isAnswered: answer != .silence, result: answer, directPath: path)
        guard answer != .silence else { return }
        guard let result = answer.result else {
            return deliver(mediaRetry(node, of: account, [Node("error", ["code": "2"])]), to: companion)
        }
        var notification = WAMediaRetryNotification()
        notification.stanzaID = id
        notification.result = result
        if let path { notification.directPath = path }
        let answerIV = random.bytes(12)
        guard let sealed = try? cipher.seal(notification.encoded(), iv: answerIV) else { return }
        let encrypt = Node(
            "encrypt", [:],
            [Node("enc_p", [:], bytes: sealed), Node("enc_iv", [:], bytes: answerIV)])
        deliver(mediaRetry(node, of: account, [encrypt]), to: companion)
    }

    /// Its id is that of the message.
    private func mediaRetry(_ request: Node, of account: Account, _ children: [Node]) -> Node {
        var node = notification("mediaretry", from: account.jid(.phoneNumber), children + request.children("rmr"))
        node.attributes["id"] = .text(request["id"] ?? "")
        return node
    }

    // MARK: - What is meant

    private struct Target {
        enum Place {
            /// A file on the media server, by name.
            case file(String, type: String)
            /// A file of the past, by name.
            case past(String, type: String)
            case chunk(Int)
        }

        let mediaKey: [UInt8]
        let place: Place
    }

    private func historyTarget(_ id: String, of account: Account, _ device: DeviceAddress) -> Target? {
        guard let chunks = account.historyTransfers[device.device]?.chunks,
            let index = chunks.firstIndex(where: { $0.id == id })
        else { return nil }
        return Target(mediaKey: chunks[index].mediaKey, place: .chunk(index))
    }

    /// The message must be in the chat and by the side that `rmr` names.
    private func messageTarget(_ node: Node, _ id: String, of account: Account) -> Target? {
        guard let rmr = node.child("rmr"), let chat = rmr.jid("jid"), let isFromMe = rmr["from_me"] else { return nil }
        let isOwn = isFromMe == "true"
        if let history = history(of: account), let (found, message) = history.message(withID: id) {
            guard let file = message.file, message.isFromMe == isOwn, history.chat(at: chat)?.index == found.index
            else { return nil }
            let type = message.kind == .image ? "image" : "document"
            return Target(mediaKey: file.mediaKey, place: .past(file.name, type: type))
        }
        guard let info = account.phone?.endpoint?.webMessageInfo(id, in: self), info.key.fromMe == isOwn,
            let named = JID(info.key.remoteJid),
            named == chat || self.account(at: named).map({ $0 === self.account(at: chat) }) ?? false,
            let file = info.message.shown.media?.file
        else { return nil }
        let type = file.purpose.mmsType
        return Target(mediaKey: file.mediaKey, place: .file(MediaPath.name(of: file.directPath), type: type))
    }

    private func uploadAgain(_ target: Target, for companion: Device, of account: Account) -> String? {
        account.requests.reuploadCount += 1
        let suffix = ".r\(account.requests.reuploadCount)"
        switch target.place {
        case .file(let name, let type):
            let again = name + suffix
            perform(.storeAgain(name, as: again))
            return MediaPath.directPath(of: again, type: type)
        case .past(let name, let type): return MediaPath.directPath(of: name + suffix, type: type)
        case .chunk(let index): return reuploadHistory(index, to: companion, of: account)
        }
    }

    // MARK: - Files of a past

    /// A file of a past, which is made when somebody downloads it; or with what the download is answered.
    ///
    /// Names are `history~<number>~<message id>`, with `.r<n>` behind it after a re-upload. Nil: no such file.
    package func historyFile(named name: String) -> Result<[UInt8], DownloadRefusal>? {
        let parts = name.split(separator: "~", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == "history", let account = accounts[String(parts[1])],
            let history = history(of: account)
        else { return nil }
        let pieces = parts[2].split(separator: ".", omittingEmptySubsequences: false)
        guard pieces.count <= 2, let id = pieces.first,
            let (_, message) = history.message(withID: String(id)), let file = message.file
        else { return nil }
        if pieces.count == 1, history.plan.mediaStatus != 200 {
            return .failure(DownloadRefusal(status: history.plan.mediaStatus))
        }
        let purpose: MediaKeys.Purpose = message.kind == .image ? .image : .document
        let type = message.kind == .image ? "image" : "document"
        let made = EncryptedFile(file.plaintext, mediaKey: file.mediaKey, purpose: purpose, type: type)
        return .success(made.stored.bytes)
    }
}

/// With what a media server answers in place of a file.
package struct DownloadRefusal: Error, Equatable, Sendable {
    package let status: Int

    package init(status: Int) {
        self.status = status
    }
}

extension MediaRetryAnswer {
    /// Nil for what has no encrypted answer.
    fileprivate var result: WAMediaRetryNotification.ResultType? {
        switch self {
        case .success: .success
        case .notFound: .notFound
        case .generalError: .generalError
        case .decryptionError: .decryptionError
        case .notOnPhone, .silence: nil
        }
    }
}

extension MediaKeys.Purpose {
    /// Under which `/mms/` type such a file is.
    fileprivate var mmsType: String {
        switch self {
        case .image: "image"
        case .video: "video"
        case .audio: "audio"
        case .history: "md-msg-hist"
        case .appState: "md-app-state"
        default: "document"
        }
    }
}
