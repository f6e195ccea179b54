import FoundationEssentials
import WAProto

/// ```
/// 3 imageMessage | 9 videoMessage (gifPlayback: GIF) | 66 ptvMessage (round video, read only) | 8 audioMessage (PTT: voice note)
/// 7 documentMessage, with a caption inside 53 documentWithCaptionMessage { 1 message } | 26 stickerMessage
/// ```
/// The fields of each: protocol reference 6.2.
extension MediaContent {
    /// Nil when the message is none, or lacks what it takes to fetch and open the file.
    init?(_ message: WAMessage) {
        if message.hasImageMessage {
            self.init(image: message.imageMessage)
        } else if message.hasVideoMessage {
            self.init(video: message.videoMessage)
        } else if message.hasPtvMessage {
            self.init(video: message.ptvMessage)
        } else if message.hasAudioMessage {
            self.init(audio: message.audioMessage)
        } else if message.hasDocumentMessage {
            self.init(document: message.documentMessage)
        } else if message.hasStickerMessage {
            self.init(sticker: message.stickerMessage)
        } else {
            return nil
        }
    }

    var message: WAMessage {
        var message = WAMessage()
        switch kind {
        case .image: message.imageMessage = image
        case .video, .gif: message.videoMessage = video
        case .audio, .voice: message.audioMessage = audio
        case .sticker: message.stickerMessage = sticker
        case .document where caption?.isEmpty ?? true: message.documentMessage = document
        case .document: message.documentWithCaptionMessage.message.documentMessage = document
        }
        return message
    }

    // MARK: - Images

    private init?(image: WAImageMessage) {
        guard
            let reference = MediaReference(
                directPath: image.directPath, url: image.url, mediaKey: [UInt8](image.mediaKey),
                fileSHA256: [UInt8](image.fileSha256), fileEncSHA256: [UInt8](image.fileEncSha256),
                byteCount: image.fileLength, keyTimestampSeconds: image.mediaKeyTimestamp)
        else { return nil }
        self.init(
            kind: .image, reference: reference, mimetype: image.mimetype, caption: image.hasCaption ? image.caption : nil,
            width: image.hasWidth ? Int(image.width) : nil, height: image.hasHeight ? Int(image.height) : nil,
            thumbnail: image.hasJpegThumbnail ? [UInt8](image.jpegThumbnail) : nil,
            context: image.hasContextInfo ? MessageContext(image.contextInfo) : .none)
    }

    private var image: WAImageMessage {
        var image = WAImageMessage()
        if let url = reference.url { image.url = url }
        image.mimetype = mimetype
        if let caption { image.caption = caption }
        image.fileSha256 = Data(reference.fileSHA256)
        image.fileLength = UInt64(reference.byteCount)
        if let height { image.height = UInt32(clamping: height) }
        if let width { image.width = UInt32(clamping: width) }
        image.mediaKey = Data(reference.mediaKey)
        image.fileEncSha256 = Data(reference.fileEncSHA256)
        image.directPath = reference.directPath
        image.mediaKeyTimestamp = reference.keyTimestampSeconds
        if let thumbnail { image.jpegThumbnail = Data(thumbnail) }
        if let info = context.proto { image.contextInfo = info }
        return image
    }

    // MARK: - Videos and GIFs

    private init?(video: WAVideoMessage) {
        guard
            let reference = MediaReference(
                directPath: video.directPath, url: video.url, mediaKey: [UInt8](video.mediaKey),
                fileSHA256: [UInt8](video.fileSha256), fileEncSHA256: [UInt8](video.fileEncSha256),
                byteCount: video.fileLength, keyTimestampSeconds: video.mediaKeyTimestamp)
        else { return nil }
        self.init(
            kind: video.gifPlayback ? .gif : .video, reference: reference, mimetype: video.mimetype,
            caption: video.hasCaption ? video.caption : nil, width: video.hasWidth ? Int(video.width) : nil,
            height: video.hasHeight ? Int(video.height) : nil, seconds: video.hasSeconds ? Int(video.seconds) : nil,
            thumbnail: video.hasJpegThumbnail ? [UInt8](video.jpegThumbnail) : nil,
            sidecar: video.hasStreamingSidecar ? [UInt8](video.streamingSidecar) : nil,
            context: video.hasContextInfo ? MessageContext(video.contextInfo) : .none)
    }

    private var video: WAVideoMessage {
        var video = WAVideoMessage()
        if let url = reference.url { video.url = url }
        video.mimetype = mimetype
        video.fileSha256 = Data(reference.fileSHA256)
        video.fileLength = UInt64(reference.byteCount)
        if let seconds { video.seconds = UInt32(clamping: seconds) }
        video.mediaKey = Data(reference.mediaKey)
        if let caption { video.caption = caption }
        if kind == .gif { video.gifPlayback = true }
        if let height { video.height = UInt32(clamping: height) }
        if let width { video.width = UInt32(clamping: width) }
        video.fileEncSha256 = Data(reference.fileEncSHA256)
        video.directPath = reference.directPath
        video.mediaKeyTimestamp = reference.keyTimestampSeconds
        if let thumbnail { video.jpegThumbnail = Data(thumbnail) }
        if let sidecar { video.streamingSidecar = Data(sidecar) }
        if let info = context.proto { video.contextInfo = info }
        return video
    }

    // MARK: - Sounds and voice notes

    private init?(audio: WAAudioMessage) {
        guard
            let reference = MediaReference(
                directPath: audio.directPath, url: audio.url, mediaKey: [UInt8](audio.mediaKey),
                fileSHA256: [UInt8](audio.fileSha256), fileEncSHA256: [UInt8](audio.fileEncSha256),
                byteCount: audio.fileLength, keyTimestampSeconds: audio.mediaKeyTimestamp)
        else { return nil }
        self.init(
            kind: audio.ptt ? .voice : .audio, reference: reference, mimetype: audio.mimetype,
            seconds: audio.hasSeconds ? Int(audio.seconds) : nil,
            waveform: audio.hasWaveform ? [UInt8](audio.waveform) : nil,
            sidecar: audio.hasStreamingSidecar ? [UInt8](audio.streamingSidecar) : nil,
            context: audio.hasContextInfo ? MessageContext(audio.contextInfo) : .none)
    }

    private var audio: WAAudioMessage {
        var audio = WAAudioMessage()
        if let url = reference.url { audio.url = url }
        audio.mimetype = mimetype
        audio.fileSha256 = Data(reference.fileSHA256)
        audio.fileLength = UInt64(reference.byteCount)
        if let seconds { audio.seconds = UInt32(clamping: seconds) }
        if kind == .voice { audio.ptt = true }
        audio.mediaKey = Data(reference.mediaKey)
        audio.fileEncSha256 = Data(reference.fileEncSHA256)
        audio.directPath = reference.directPath
        audio.mediaKeyTimestamp = reference.keyTimestampSeconds
        if let sidecar { audio.streamingSidecar = Data(sidecar) }
        if let waveform { audio.waveform = Data(waveform) }
        if let info = context.proto { audio.contextInfo = info }
        return audio
    }

    // MARK: - Documents

    private init?(document: WADocumentMessage) {
        guard
            let reference = MediaReference(
                directPath: document.directPath, url: document.url, mediaKey: [UInt8](document.mediaKey),
                fileSHA256: [UInt8](document.fileSha256), fileEncSHA256: [UInt8](document.fileEncSha256),
                byteCount: document.fileLength, keyTimestampSeconds: document.mediaKeyTimestamp)
        else { return nil }
        let filename = document.hasFileName ? document.fileName : document.hasTitle ? document.title : nil
        self.init(
            kind: .document, reference: reference, mimetype: document.mimetype,
            caption: document.hasCaption ? document.caption : nil, filename: filename,
            thumbnail: document.hasJpegThumbnail ? [UInt8](document.jpegThumbnail) : nil,
            pageCount: document.hasPageCount ? Int(document.pageCount) : nil,
            context: document.hasContextInfo ? MessageContext(document.contextInfo) : .none)
    }

    private var document: WADocumentMessage {
        var document = WADocumentMessage()
        if let url = reference.url { document.url = url }
        document.mimetype = mimetype
        if let filename { (document.title, document.fileName) = (filename, filename) }
        document.fileSha256 = Data(reference.fileSHA256)
        document.fileLength = UInt64(reference.byteCount)
        if let pageCount { document.pageCount = UInt32(clamping: pageCount) }
        document.mediaKey = Data(reference.mediaKey)
        document.fileEncSha256 = Data(reference.fileEncSHA256)
        document.directPath = reference.directPath
        document.mediaKeyTimestamp = reference.keyTimestampSeconds
        if let thumbnail { document.jpegThumbnail = Data(thumbnail) }
        if let info = context.proto { document.contextInfo = info }
        if let caption, !caption.isEmpty { document.caption = caption }
        return document
    }

    // MARK: - Stickers

    private init?(sticker: WAStickerMessage) {
        guard
            let reference = MediaReference(
                directPath: sticker.directPath, url: sticker.url, mediaKey: [UInt8](sticker.mediaKey),
                fileSHA256: [UInt8](sticker.fileSha256), fileEncSHA256: [UInt8](sticker.fileEncSha256),
                byteCount: sticker.fileLength, keyTimestampSeconds: sticker.mediaKeyTimestamp)
        else { return nil }
        self.init(
            kind: .sticker, reference: reference, mimetype: sticker.mimetype,
            width: sticker.hasWidth ? Int(sticker.width) : nil, height: sticker.hasHeight ? Int(sticker.height) : nil,
            thumbnail: sticker.hasPngThumbnail ? [UInt8](sticker.pngThumbnail) : nil, isAnimated: sticker.isAnimated,
            context: sticker.hasContextInfo ? MessageContext(sticker.contextInfo) : .none)
    }

    private var sticker: WAStickerMessage {
        var sticker = WAStickerMessage()
        if let url = reference.url { sticker.url = url }
        sticker.fileSha256 = Data(reference.fileSHA256)
        sticker.fileEncSha256 = Data(reference.fileEncSHA256)
        sticker.mediaKey = Data(reference.mediaKey)
        sticker.mimetype = mimetype
        if let height { sticker.height = UInt32(clamping: height) }
        if let width { sticker.width = UInt32(clamping: width) }
        sticker.directPath = reference.directPath
        sticker.fileLength = UInt64(reference.byteCount)
        sticker.mediaKeyTimestamp = reference.keyTimestampSeconds
        if isAnimated { sticker.isAnimated = true }
        if let thumbnail { sticker.pngThumbnail = Data(thumbnail) }
        if let info = context.proto { sticker.contextInfo = info }
        return sticker
    }
}
