import FoundationEssentials
import WACrypto
import WAProto

/// The five messages that name a file, read into one form. Reference 6.2 and 7.2.
extension WAMessage {
    var shownMedia: ShownMedia? {
        if hasImageMessage { return imageMessage.shown }
        if hasVideoMessage { return videoMessage.shown }
        if hasPtvMessage { return ptvMessage.shown }
        if hasAudioMessage { return audioMessage.shown }
        if hasDocumentMessage { return documentMessage.shown }
        if hasStickerMessage { return stickerMessage.shown }
        return nil
    }
}

/// The fields that all of them have.
private protocol FileMessage {
    var url: String { get }
    var hasURL: Bool { get }
    var directPath: String { get }
    var mediaKey: Data { get }
    var fileSha256: Data { get }
    var fileEncSha256: Data { get }
    var fileLength: UInt64 { get }
    var mimetype: String { get }
}

extension FileMessage {
    fileprivate func media(_ purpose: MediaKeys.Purpose) -> ShownMedia {
        ShownMedia(
            file: MediaFile(
                directPath: directPath, url: hasURL ? url : nil, mediaKey: [UInt8](mediaKey),
                fileSHA256: [UInt8](fileSha256), encryptedFileSHA256: [UInt8](fileEncSha256),
                byteCount: Int(clamping: fileLength), purpose: purpose),
            mimetype: mimetype)
    }
}

extension WAImageMessage: FileMessage {
    fileprivate var shown: ShownMedia {
        var shown = media(.image)
        shown.caption = hasCaption ? caption : nil
        shown.width = hasWidth ? Int(width) : nil
        shown.height = hasHeight ? Int(height) : nil
        shown.thumbnail = hasJpegThumbnail ? [UInt8](jpegThumbnail) : nil
        return shown
    }
}

extension WAVideoMessage: FileMessage {
    fileprivate var shown: ShownMedia {
        var shown = media(.video)
        shown.caption = hasCaption ? caption : nil
        shown.width = hasWidth ? Int(width) : nil
        shown.height = hasHeight ? Int(height) : nil
        shown.seconds = hasSeconds ? Int(seconds) : nil
        shown.thumbnail = hasJpegThumbnail ? [UInt8](jpegThumbnail) : nil
        shown.sidecar = hasStreamingSidecar ? [UInt8](streamingSidecar) : nil
        return shown
    }
}

extension WAAudioMessage: FileMessage {
    fileprivate var shown: ShownMedia {
        var shown = media(.audio)
        shown.seconds = hasSeconds ? Int(seconds) : nil
        shown.waveform = hasWaveform ? [UInt8](waveform) : nil
        shown.sidecar = hasStreamingSidecar ? [UInt8](streamingSidecar) : nil
        return shown
    }
}

extension WADocumentMessage: FileMessage {
    fileprivate var shown: ShownMedia {
        var shown = media(.document)
        shown.caption = hasCaption ? caption : nil
        shown.fileName = hasFileName ? fileName : nil
        shown.title = hasTitle ? title : nil
        shown.pageCount = hasPageCount ? Int(pageCount) : nil
        shown.thumbnail = hasJpegThumbnail ? [UInt8](jpegThumbnail) : nil
        return shown
    }
}

extension WAStickerMessage: FileMessage {
    fileprivate var shown: ShownMedia {
        var shown = media(.image)
        shown.width = hasWidth ? Int(width) : nil
        shown.height = hasHeight ? Int(height) : nil
        shown.thumbnail = hasPngThumbnail ? [UInt8](pngThumbnail) : nil
        shown.isAnimated = isAnimated
        return shown
    }
}
