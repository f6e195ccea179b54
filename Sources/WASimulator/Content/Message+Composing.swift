import FoundationEssentials
import WAProto

/// Parts of messages, put in place.
extension WAMessage {
    mutating func set(_ media: ShownMedia, _ kind: ShownContent.Kind, atMilliseconds now: Int64) {
        let time = now / 1_000
        switch kind {
        case .image:
            imageMessage.fill(media, time)
            if let caption = media.caption { imageMessage.caption = caption }
            if let width = media.width { imageMessage.width = UInt32(clamping: width) }
            if let height = media.height { imageMessage.height = UInt32(clamping: height) }
            if let thumbnail = media.thumbnail { imageMessage.jpegThumbnail = Data(thumbnail) }
        case .video, .gif, .roundVideo:
            var video = WAVideoMessage()
            video.fill(media, time)
            if let caption = media.caption { video.caption = caption }
            if let width = media.width { video.width = UInt32(clamping: width) }
            if let height = media.height { video.height = UInt32(clamping: height) }
            if let seconds = media.seconds { video.seconds = UInt32(clamping: seconds) }
            if let thumbnail = media.thumbnail { video.jpegThumbnail = Data(thumbnail) }
            if let sidecar = media.sidecar { video.streamingSidecar = Data(sidecar) }
            if kind == .gif { video.gifPlayback = true }
            if kind == .roundVideo { ptvMessage = video } else { videoMessage = video }
        case .audio, .voice:
            audioMessage.fill(media, time)
            if let seconds = media.seconds { audioMessage.seconds = UInt32(clamping: seconds) }
            if let sidecar = media.sidecar { audioMessage.streamingSidecar = Data(sidecar) }
            if let waveform = media.waveform { audioMessage.waveform = Data(waveform) }
            if kind == .voice { audioMessage.ptt = true }
        case .sticker:
            stickerMessage.fill(media, time)
            if let width = media.width { stickerMessage.width = UInt32(clamping: width) }
            if let height = media.height { stickerMessage.height = UInt32(clamping: height) }
            if let thumbnail = media.thumbnail { stickerMessage.pngThumbnail = Data(thumbnail) }
            stickerMessage.isAnimated = media.isAnimated
        default:
            documentMessage.fill(media, time)
            if let caption = media.caption { documentMessage.caption = caption }
            documentMessage.fileName = media.fileName ?? "file"
            documentMessage.title = media.title ?? media.fileName ?? "file"
            if let pageCount = media.pageCount { documentMessage.pageCount = UInt32(clamping: pageCount) }
            if let thumbnail = media.thumbnail { documentMessage.jpegThumbnail = Data(thumbnail) }
        }
    }

    mutating func set(_ context: WAContextInfo) {
        if hasConversation {
            let text = conversation
            clearConversation()
            extendedTextMessage.text = text
        }
        if hasExtendedTextMessage { extendedTextMessage.contextInfo = context }
        if hasImageMessage { imageMessage.contextInfo = context }
        if hasVideoMessage { videoMessage.contextInfo = context }
        if hasPtvMessage { ptvMessage.contextInfo = context }
        if hasAudioMessage { audioMessage.contextInfo = context }
        if hasDocumentMessage { documentMessage.contextInfo = context }
        if hasStickerMessage { stickerMessage.contextInfo = context }
        if hasLocationMessage { locationMessage.contextInfo = context }
        if hasContactMessage { contactMessage.contextInfo = context }
        if hasPollCreationMessage { pollCreationMessage.contextInfo = context }
        if hasPollCreationMessageV3 { pollCreationMessageV3.contextInfo = context }
        if hasLiveLocationMessage { liveLocationMessage.contextInfo = context }
        if hasContactsArrayMessage { contactsArrayMessage.contextInfo = context }
        setOffer(context)
    }

    private mutating func setOffer(_ context: WAContextInfo) {
        if hasEventMessage { eventMessage.contextInfo = context }
        if hasGroupInviteMessage { groupInviteMessage.contextInfo = context }
        if hasButtonsMessage { buttonsMessage.contextInfo = context }
        if hasListMessage { listMessage.contextInfo = context }
        if hasTemplateMessage { templateMessage.contextInfo = context }
        if hasInteractiveMessage { interactiveMessage.contextInfo = context }
        if hasButtonsResponseMessage { buttonsResponseMessage.contextInfo = context }
        if hasListResponseMessage { listResponseMessage.contextInfo = context }
        if hasTemplateButtonReplyMessage { templateButtonReplyMessage.contextInfo = context }
        if hasInteractiveResponseMessage { interactiveResponseMessage.contextInfo = context }
        if hasOrderMessage { orderMessage.contextInfo = context }
        if hasProductMessage { productMessage.contextInfo = context }
    }

    /// The message as a quote carries it: nothing about itself, and nothing that it quotes.
    var withoutContext: WAMessage {
        var message = unwrapped.content
        message.clearMessageContextInfo()
        if message.hasExtendedTextMessage { message.extendedTextMessage.clearContextInfo() }
        if message.hasImageMessage { message.imageMessage.clearContextInfo() }
        if message.hasVideoMessage { message.videoMessage.clearContextInfo() }
        if message.hasPtvMessage { message.ptvMessage.clearContextInfo() }
        if message.hasAudioMessage { message.audioMessage.clearContextInfo() }
        if message.hasDocumentMessage { message.documentMessage.clearContextInfo() }
        if message.hasStickerMessage { message.stickerMessage.clearContextInfo() }
        if message.hasLocationMessage { message.locationMessage.clearContextInfo() }
        if message.hasContactMessage { message.contactMessage.clearContextInfo() }
        if message.hasLiveLocationMessage { message.liveLocationMessage.clearContextInfo() }
        if message.hasContactsArrayMessage { message.contactsArrayMessage.clearContextInfo() }
        if message.hasPollCreationMessage { message.pollCreationMessage.clearContextInfo() }
        if message.hasPollCreationMessageV3 { message.pollCreationMessageV3.clearContextInfo() }
        if message.hasButtonsMessage { message.buttonsMessage.clearContextInfo() }
        if message.hasListMessage { message.listMessage.clearContextInfo() }
        if message.hasTemplateMessage { message.templateMessage.clearContextInfo() }
        if message.hasInteractiveMessage { message.interactiveMessage.clearContextInfo() }
        if message.hasOrderMessage { message.orderMessage.clearContextInfo() }
        if message.hasProductMessage { message.productMessage.clearContextInfo() }
        if message.hasEventMessage { message.eventMessage.clearContextInfo() }
        return message
    }

    /// A new text, or a new caption of what has one.
    mutating func setText(_ text: String) {
        if hasImageMessage {
            imageMessage.caption = text
        } else if hasVideoMessage {
            videoMessage.caption = text
        } else if hasDocumentMessage {
            documentMessage.caption = text
        } else if hasExtendedTextMessage {
            extendedTextMessage.text = text
        } else {
            self = WAMessage()
            conversation = text
        }
    }

    /// Inside what phones wrap it with: document with a caption, view once, disappearing.
    func wrapped(as utterance: Utterance) -> WAMessage {
        var message = self
        if message.hasDocumentMessage, message.documentMessage.hasCaption {
            var outer = WAMessage()
            outer.documentWithCaptionMessage.message = message
            message = outer
        }
        if utterance.isViewOnce {
            if message.hasImageMessage { message.imageMessage.viewOnce = true }
            if message.hasVideoMessage { message.videoMessage.viewOnce = true }
            if message.hasAudioMessage { message.audioMessage.viewOnce = true }
            var outer = WAMessage()
            outer.viewOnceMessageV2.message = message
            message = outer
        }
        if utterance.expirationSeconds != nil {
            var outer = WAMessage()
            outer.ephemeralMessage.message = message
            message = outer
        }
        return message
    }
}

extension WAContactMessage {
    init(name: String, number: String) {
        self.init()
        displayName = name
        vcard = ContactCard.text(name: name, number: number)
    }
}

extension WAPollCreationMessage {
    /// - Parameter selectableCount: 0 lets people choose any number of options.
    init(_ question: String, options: [String], selectableCount: Int) {
        self.init()
        name = question
        self.options = options.map { option in
            var made = Option()
            made.optionName = option
            return made
        }
        selectableOptionsCount = UInt32(clamping: selectableCount)
    }
}

/// The fields that all messages with a file have.
private protocol FilledMessage {
    var url: String { get set }
    var directPath: String { get set }
    var mediaKey: Data { get set }
    var mediaKeyTimestamp: Int64 { get set }
    var fileSha256: Data { get set }
    var fileEncSha256: Data { get set }
    var fileLength: UInt64 { get set }
    var mimetype: String { get set }
}

extension FilledMessage {
    fileprivate mutating func fill(_ media: ShownMedia, _ timeSeconds: Int64) {
        if let url = media.file.url { self.url = url }
        directPath = media.file.directPath
        mediaKey = Data(media.file.mediaKey)
        mediaKeyTimestamp = timeSeconds
        fileSha256 = Data(media.file.fileSHA256)
        fileEncSha256 = Data(media.file.encryptedFileSHA256)
        fileLength = UInt64(clamping: media.file.byteCount)
        mimetype = media.mimetype
    }
}

extension WAImageMessage: FilledMessage {}
extension WAVideoMessage: FilledMessage {}
extension WAAudioMessage: FilledMessage {}
extension WADocumentMessage: FilledMessage {}
extension WAStickerMessage: FilledMessage {}
