/// What must be changed in a file so that WhatsApp shows it as what it is sent as.
enum MediaConversion: Equatable {
    /// A voice note that is no Ogg Opus: mono, 48 kHz, as WhatsApp's own.
    case voiceNote
    /// A sticker that is no WebP: 512 by 512, on a transparent ground.
    case sticker(isAnimated: Bool)

    /// What a file needs, by what its bytes say.
    ///
    /// - Parameter prefix: Its first `MediaType.prefixByteCount` bytes.
    static func needed(for kind: OutgoingMedia.Kind, prefix: [UInt8]) -> MediaConversion? {
        let type = MediaType.sniff(prefix)
        guard let only = onlyType(of: kind), type != only else { return nil }
        return kind == .voice
            ? .voiceNote : .sticker(isAnimated: type == "image/gif" || type?.hasPrefix("video/") == true)
    }

    /// The one type that is shown as such a message, whatever a caller or a server calls the file; nil where there are many.
    static func onlyType(of kind: OutgoingMedia.Kind) -> String? {
        switch kind {
        case .voice: "audio/ogg; codecs=opus"
        case .sticker: "image/webp"
        case .image, .video, .audio, .document: nil
        }
    }

    /// The options between input and output.
    var options: [String] {
        switch self {
        case .voiceNote:
            return [
                "-vn", "-map_metadata", "-1", "-ac", "1", "-ar", "48000", "-c:a", "libopus", "-b:a", "32k", "-application",
                "voip", "-f", "ogg",
            ]
        case .sticker(let isAnimated):
            let fit = "scale=512:512:force_original_aspect_ratio=decrease:flags=lanczos"
            let ground = "format=rgba,pad=512:512:(ow-iw)/2:(oh-ih)/2:color=#00000000"
            let motion = isAnimated ? ["-t", "10", "-r", "15", "-c:v", "libwebp_anim", "-loop", "0"] : ["-frames:v", "1", "-c:v", "libwebp"]
            return ["-an", "-map_metadata", "-1", "-vf", "\(fit),\(ground)"] + motion + ["-q:v", "70", "-f", "webp"]
        }
    }
}
