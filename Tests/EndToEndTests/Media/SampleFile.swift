import Foundation
import Gateway
import Testing
import WACrypto
import WASimulator

@testable import SimulatorServer

/// A small real file of the playground's site, and what a phone shows once it was sent.
struct SampleFile: Sendable {
    /// The route that sends it.
    let route: String
    /// On `https://example.com`.
    let path: String
    /// What a caller says it is.
    let mimetype: String
    var isVoice = false
    var caption: String?
    var filename: String?

    let kind: ShownContent.Kind
    /// As shown: of a voice note it does not depend on what the caller said.
    let shownType: String
    var width: Int?
    var height: Int?
    /// These are known only where ffmpeg is.
    var seconds: Int?
    var hasWaveform = false
    var hasThumbnail = false
    /// Whether ffmpeg is needed for width and height too.
    var isMeasuredByTool = false

    var bytes: [UInt8] { PlaygroundSites.pages[path]?.body ?? [] }

    static let all = [
        SampleFile(
            route: "send-image", path: "/image.jpg", mimetype: "image/jpeg", caption: "Look at this", kind: .image,
            shownType: "image/jpeg", width: 320, height: 240, hasThumbnail: true),
        SampleFile(
            route: "send-video", path: "/video.mp4", mimetype: "video/mp4", caption: "Moving", kind: .video,
            shownType: "video/mp4", width: 128, height: 96, seconds: 1, hasThumbnail: true, isMeasuredByTool: true),
        SampleFile(
            route: "send-audio", path: "/voice.ogg", mimetype: "audio/ogg", kind: .audio, shownType: "audio/ogg",
            seconds: 1),
        SampleFile(
            route: "send-audio", path: "/voice.ogg", mimetype: "audio/ogg", isVoice: true, kind: .voice,
            shownType: "audio/ogg; codecs=opus", seconds: 1, hasWaveform: true),
        SampleFile(
            route: "send-document", path: "/report.pdf", mimetype: "application/pdf", caption: "As promised",
            filename: "Überblick 2026.pdf", kind: .document, shownType: "application/pdf"),
        SampleFile(
            route: "send-sticker", path: "/sticker.webp", mimetype: "image/webp", kind: .sticker, shownType: "image/webp",
            width: 512, height: 512),
    ]

    /// - Parameter hasTool: whether the gateway had ffmpeg.
    func check(_ message: InboxMessage, on device: DeviceAddress, hasTool: Bool = MediaTool.found() != nil) throws {
        let label: Comment = "\(kind) on \(device)"
        let content = message.content
        let media = try #require(content.media, label)
        // Downloaded with encrypted hash, MAC, plaintext hash and length all found right.
        #expect(message.media == .downloaded, label)
        #expect(media.file.fileSHA256 == Digest.sha256(bytes) && media.file.byteCount == bytes.count, label)
        #expect(content.kind == kind && message.copyCount == 1 && message.retryCount == 0, label)
        #expect(media.mimetype == shownType && media.caption == caption, label)
        #expect(media.fileName == filename, label)
        if hasTool || !isMeasuredByTool { #expect(media.width == width && media.height == height, label) }
        #expect((media.sidecar != nil) == [.video, .audio, .voice].contains(kind), label)
        if hasTool {
            #expect(media.seconds == seconds, label)
            #expect((media.thumbnail != nil) == hasThumbnail, label)
            #expect((media.waveform?.count == 64 && media.waveform?.max() == 100) == hasWaveform, label)
        }
    }
}
