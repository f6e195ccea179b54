import Foundation
import Subprocess
import SystemPackage
import TestSupport
import Testing

@testable import Gateway

/// Run where ffmpeg is; elsewhere everything they test is skipped by design.
@Suite("Looking at files, and converting them", .enabled(if: MediaTool.found() != nil))
struct MediaToolTests {
    private let tool = MediaTool.found()

    /// Makes a file with the tool itself, from its test sources.
    private func make(_ name: String, in folder: String, _ options: [String]) async throws -> String {
        let path = folder + "/" + name
        let ended = try await Subprocess.run(
            .path(FilePath(try #require(tool).ffmpeg)),
            arguments: Arguments(["-v", "error", "-nostdin", "-f", "lavfi"] + options + [path]), output: .discarded)
        try #require(ended.terminationStatus.isSuccess)
        return path
    }

    @Test("A picture gets its size and a small JPEG")
    func image() async throws {
        try await withTemporaryDirectory { folder in
            let file = try await make("a.png", in: folder, ["-i", "testsrc=s=320x200", "-frames:v", "1"])
            let facts = await MediaExaminer(tool: tool).facts(of: file, kind: .image)
            #expect(facts.width == 320 && facts.height == 200)
            let thumbnail = [UInt8](try #require(facts.thumbnail))
            #expect(MediaType.sniff(thumbnail) == "image/jpeg")
            #expect(ImageSize.of { Array(thumbnail.dropFirst($0).prefix($1)) } == ImageSize(width: 72, height: 45))
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["a.png"], "no leftovers")
        }
    }

    @Test("A sound becomes a voice note: Ogg Opus with duration and waveform")
    func voice() async throws {
        try await withTemporaryDirectory { folder in
            let file = try await make("a.wav", in: folder, ["-i", "sine=frequency=440:duration=2"])
            let conversion = try #require(MediaConversion.needed(for: .voice, prefix: MediaExaminer.prefix(of: file)))
            #expect(conversion == .voiceNote)
            let output = folder + "/b.ogg"
            #expect(await tool?.convert(file, to: output, conversion.options, byteLimit: 1 << 20, seconds: 60) == true)
            #expect(MediaConversion.needed(for: .voice, prefix: MediaExaminer.prefix(of: output)) == nil)
            let facts = await MediaExaminer(tool: tool).facts(of: output, kind: .voice)
            #expect(facts.seconds == 2)
            #expect(facts.waveform?.count == 64 && facts.waveform?.max() == 100)
        }
    }

    @Test("A picture becomes a sticker: WebP, 512 by 512")
    func sticker() async throws {
        try await withTemporaryDirectory { folder in
            let file = try await make("a.png", in: folder, ["-i", "testsrc=s=320x200", "-frames:v", "1"])
            let conversion = try #require(MediaConversion.needed(for: .sticker, prefix: MediaExaminer.prefix(of: file)))
            let output = folder + "/b.webp"
            #expect(await tool?.convert(file, to: output, conversion.options, byteLimit: 1 << 20, seconds: 60) == true)
            #expect(MediaType.sniff(MediaExaminer.prefix(of: output)) == "image/webp")
            #expect(MediaExaminer.imageSize(of: output) == ImageSize(width: 512, height: 512))
        }
    }

    @Test("Playlists that name other files give nothing")
    func playlists() async throws {
        try await withTemporaryDirectory { folder in
            let secret = try await make("secret.wav", in: folder, ["-i", "sine=duration=1"])
            let lists = [
                "ffconcat version 1.0\nfile secret.wav\n", "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile://\(secret)\n#EXT-X-ENDLIST\n",
            ]
            for (index, list) in lists.enumerated() {
                let file = folder + "/list\(index).mp4"
                try Data(list.utf8).write(to: URL(fileURLWithPath: file))
                let output = folder + "/out.ogg"
                #expect(await tool?.convert(file, to: output, MediaConversion.voiceNote.options, byteLimit: 1 << 20, seconds: 60) == false)
                #expect(await MediaExaminer(tool: tool).facts(of: file, kind: .video) == MediaFacts())
            }
        }
    }

    @Test("Junk gives nothing and leaves nothing")
    func junk() async throws {
        try await withTemporaryDirectory { folder in
            let file = folder + "/junk"
            try Data((0..<5_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }).write(to: URL(fileURLWithPath: file))
            for kind in [OutgoingMedia.Kind.image, .video, .audio, .voice, .sticker, .document] {
                #expect(await MediaExaminer(tool: tool).facts(of: file, kind: kind) == MediaFacts())
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["junk"])
        }
    }

    @Test("Without the programs there is no tool")
    func absent() {
        #expect(MediaTool.found(in: "/nonexistent") == nil)
        #expect(MediaTool.found(in: nil) == nil)
    }
}
