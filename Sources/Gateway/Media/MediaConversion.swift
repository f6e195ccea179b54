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
        switch kind {
        case .voice: return type == "audio/ogg; codecs=opus" ? nil : .voiceNote
        case .sticker:
            if type == "image/webp" { return nil }
            return .sticker(isAnimated: type == "image/gif" || type?.hasPrefix("video/") == true)
        case .image, .video, .audio, .document: return nil
        }
    }

    var mimetype: String {
        switch self {
        case .voiceNote: "audio/ogg; codecs=opus"
        case .sticker: "image/webp"
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
