import Foundation

/// What a file is to those who see it, before it is fetched. All of it is optional.
struct MediaFacts: Sendable, Equatable, Codable {
    var width: Int?
    var height: Int?
    var seconds: Int?
    /// A JPEG under 16 KB.
    var thumbnail: Data?
    /// Of a voice note: the loudness of 64 parts, 0 to 100.
    var waveform: Data?
    var isAnimated = false
}

/// Looks at a file: at its header by itself, and closer with `MediaTool`.
struct MediaExaminer: Sendable {
    let tool: MediaTool?

    /// Longest side of a thumbnail, as WhatsApp's clients make them.
    private static let thumbnailSide = 72
    private static let maximumThumbnailByteCount = 16 * 1024
    static let waveformCount = 64
    /// 8,000 samples of one byte a second: an hour and a bit.
    private static let maximumSampleByteCount = 32 << 20

    func facts(of file: String, kind: OutgoingMedia.Kind) async -> MediaFacts {
        var facts = MediaFacts()
        switch kind {
        case .image, .sticker:
            let size = Self.imageSize(of: file)
            (facts.width, facts.height) = (size?.width, size?.height)
            facts.isAnimated = kind == .sticker && Self.isAnimatedWebP(file)
            if kind == .image { facts.thumbnail = await thumbnail(of: file) }
        case .video:
            await probe(file, into: &facts)
            facts.thumbnail = await thumbnail(of: file)
        case .audio:
            await probe(file, into: &facts)
        case .voice:
            await probe(file, into: &facts)
            facts.waveform = await waveform(of: file)
        case .document:
            // A picture sent as a document is still shown small.
            if Self.imageSize(of: file) != nil { facts.thumbnail = await thumbnail(of: file) }
        }
        return facts
    }

    // MARK: - By the header

    static func imageSize(of file: String) -> ImageSize? {
        guard let handle = FileHandle(forReadingAtPath: file) else { return nil }
        defer { try? handle.close() }
        return ImageSize.of { offset, count in
            guard (try? handle.seek(toOffset: UInt64(offset))) != nil else { return [] }
            return (try? handle.read(upToCount: count)).flatMap { $0 }.map { [UInt8]($0) } ?? []
        }
    }

    static func prefix(of file: String, _ count: Int = MediaType.prefixByteCount) -> [UInt8] {
        guard let handle = FileHandle(forReadingAtPath: file) else { return [] }
        defer { try? handle.close() }
        return (try? handle.read(upToCount: count)).flatMap { $0 }.map { [UInt8]($0) } ?? []
    }

    /// The animation flag of an extended WebP header.
    private static func isAnimatedWebP(_ file: String) -> Bool {
        let head = prefix(of: file, 21)
        return head.count == 21 && String(decoding: head[12..<16], as: UTF8.self) == "VP8X" && head[20] & 0x02 != 0
    }

    // MARK: - With the tool

    private struct Probe: Decodable {
        struct Stream: Decodable {
            struct SideData: Decodable { let rotation: Int? }
            let codec_type: String?
            let width: Int?
            let height: Int?
            let side_data_list: [SideData]?
        }
        struct Format: Decodable { let duration: String? }
        let streams: [Stream]?
        let format: Format?
    }

    private func probe(_ file: String, into facts: inout MediaFacts) async {
        guard let json = await tool?.probe(file), let probe = try? JSONDecoder().decode(Probe.self, from: Data(json)) else {
            return
        }
        if let duration = probe.format?.duration.flatMap(Double.init), duration >= 0, duration < 1_000_000 {
            facts.seconds = max(1, Int(duration.rounded()))
        }
        guard let picture = probe.streams?.first(where: { $0.codec_type == "video" }), let width = picture.width,
            let height = picture.height, (1...65_535).contains(width), (1...65_535).contains(height)
        else { return }
        let turn = picture.side_data_list?.compactMap(\.rotation).first ?? 0
        (facts.width, facts.height) = turn % 180 == 0 ? (width, height) : (height, width)
    }

    /// Nil without the tool, unless the picture is itself a small enough JPEG.
    func thumbnail(of file: String) async -> Data? {
        if let tool {
            let output = file + ".thumb"
            defer { unlink(output) }
            let side = Self.thumbnailSide
            let scale = "scale=w='min(\(side),iw)':h='min(\(side),ih)':force_original_aspect_ratio=decrease"
            let isMade = await tool.convert(
                file, to: output, ["-frames:v", "1", "-an", "-vf", scale, "-q:v", "6", "-f", "mjpeg"],
                byteLimit: 1 << 20, seconds: 20)
            guard isMade else { return nil }
            return MediaTool.read(output, limit: Self.maximumThumbnailByteCount).map { Data($0) }
        }
        guard let bytes = MediaTool.read(file, limit: Self.maximumThumbnailByteCount),
            MediaType.sniff(bytes) == "image/jpeg"
        else { return nil }
        return Data(bytes)
    }

    private func waveform(of file: String) async -> Data? {
        guard let tool else { return nil }
        let output = file + ".pcm"
        defer { unlink(output) }
        let isMade = await tool.convert(
            file, to: output, ["-vn", "-ac", "1", "-ar", "8000", "-c:a", "pcm_u8", "-f", "u8"],
            byteLimit: Self.maximumSampleByteCount, seconds: 30)
        guard isMade, let handle = FileHandle(forReadingAtPath: output) else { return nil }
        defer { try? handle.close() }
        guard let end = try? handle.seekToEnd(), end >= UInt64(Self.waveformCount) else { return nil }
        try? handle.seek(toOffset: 0)
        let part = Int(end) / Self.waveformCount
        var loudness: [Double] = []
        for _ in 0..<Self.waveformCount {
            guard let samples = (try? handle.read(upToCount: part)).flatMap({ $0 }), !samples.isEmpty else { return nil }
            // A part of an hour's note is half a megabyte; every few samples tell as much.
            let step = max(1, samples.count / 2_000)
            var (sum, count) = (0.0, 0.0)
            for index in stride(from: samples.startIndex, to: samples.endIndex, by: step) {
                sum += abs(Double(samples[index]) - 128)
                count += 1
            }
            loudness.append(sum / count)
        }
        guard let loudest = loudness.max(), loudest > 0 else { return Data(repeating: 0, count: Self.waveformCount) }
        return Data(loudness.map { UInt8(($0 / loudest * 100).rounded()) })
    }
}
