import Foundation
import TestSupport
import Testing
import WAClient

@testable import Gateway

@Suite("The spool of media")
struct MediaSpoolTests {
    private func files(in folder: String) -> Set<String> {
        Set((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [])
    }

    private func write(_ text: String, to spool: MediaSpool) async throws -> SpooledMedia {
        let writer = try spool.open(.upload)
        try Array(text.utf8).withUnsafeBytes { try writer.write($0) }
        return try await writer.finish()
    }

    @Test("A finished file has its length and hash")
    func writes() async throws {
        try await withTemporaryDirectory { folder in
            let file = try await write("abc", to: MediaSpool(directory: folder + "/media", maximumByteCount: 10))
            #expect(file.byteCount == 3)
            // FIPS 180-2, appendix B.1
            #expect(OutgoingMedia.File(file).sha256 == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
            #expect(try String(contentsOfFile: file.path, encoding: .utf8) == "abc")
        }
    }

    @Test("What is not finished, or finished and not adopted, is gone when its request is")
    func releases() async throws {
        try await withTemporaryDirectory { folder in
            let spool = MediaSpool(directory: folder, maximumByteCount: 10)
            var writer: SpoolWriter? = try spool.open(.upload)
            #expect(files(in: folder).count == 1)
            writer = nil
            #expect(files(in: folder).isEmpty && writer == nil)
            let (left, kept) = (try await write("left", to: spool), try await write("kept", to: spool))
            spool.adopt(kept.id)
            spool.release(left.id)
            spool.release(kept.id)
            #expect(files(in: folder) == [kept.id])
            spool.remove(kept.id)
            #expect(files(in: folder).isEmpty)
        }
    }

    @Test("The sweep keeps what rows refer to and what requests hold, and removes what a crash left")
    func sweeps() async throws {
        try await withStores { stores in
            try await withTemporaryDirectory { folder in
                let before = MediaSpool(directory: folder, maximumByteCount: 10)
                let (referred, orphan) = (try await write("1", to: before), try await write("2", to: before))
                try Data().write(to: URL(fileURLWithPath: folder + "/dead.part"))
                var media = OutgoingMedia(.image, mimetype: "image/png")
                media.file = OutgoingMedia.File(referred)
                let entry = OutboxEntry(
                    sessionID: Stores.sessionID, messageID: "A", chat: ChatID(.phone, "6281234567890"),
                    content: .media(media), acceptedAtMilliseconds: 1)
                _ = try await stores.accept(entry)

                let spool = MediaSpool(directory: folder, maximumByteCount: 10)
                let held = try await write("3", to: spool)
                // What is being made of files in use, and of one that is gone.
                for name in [referred.id + ".converted", referred.id + ".converted.thumb", orphan.id + ".thumb"] {
                    try Data().write(to: URL(fileURLWithPath: folder + "/" + name))
                }
                try await spool.sweep(stores.database)
                #expect(
                    files(in: folder) == [
                        referred.id, referred.id + ".converted", referred.id + ".converted.thumb", held.id,
                    ])
                #expect(!files(in: folder).contains(orphan.id))

                // The row goes with its outbox entry, and the file with the next sweep.
                try await stores.record(.sendSettled(messageID: "A", .acknowledged(serverSeconds: 2)))
                try await spool.sweep(stores.database)
                #expect(files(in: folder) == [held.id])
            }
        }
    }

    @Test("A full disk is told as such, and nothing is left")
    func fullDisk() throws {
        let full = "/dev/full"
        guard FileManager.default.fileExists(atPath: full) else { return }
        #expect(SpoolError.of(ENOSPC, doing: "writing") as? GatewayError == .storageFull)
        #expect(SpoolError.of(EIO, doing: "writing") is SpoolError)
    }
}

@Suite("What a file is")
struct MediaTypeTests {
    @Test(
        "First bytes tell the type",
        arguments: [
            ([0xFF, 0xD8, 0xFF, 0xE0], "image/jpeg"), ([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A], "image/png"),
            (Array("GIF89a".utf8), "image/gif"), (Array("RIFF\0\0\0\0WEBPVP8 ".utf8), "image/webp"), (Array("%PDF-1.7".utf8), "application/pdf"),
            (Array("OggS".utf8) + [UInt8](repeating: 0, count: 24) + Array("OpusHead".utf8), "audio/ogg; codecs=opus"),
            (Array("OggS".utf8) + [UInt8](repeating: 0, count: 24) + Array("\u{1}vorbis".utf8), "audio/ogg"),
            (Array("ID3\u{3}".utf8), "audio/mpeg"), ([0xFF, 0xFB, 0x90, 0x00], "audio/mpeg"), ([0xFF, 0xF1, 0x50], "audio/aac"),
            (Array("\0\0\0\u{18}ftypisom".utf8), "video/mp4"), (Array("\0\0\0\u{18}ftypM4A ".utf8), "audio/mp4"),
            (Array("PK\u{3}\u{4}".utf8) + Array("xxxxword/document.xml".utf8), "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
            ([0x1A, 0x45, 0xDF, 0xA3], "video/webm"), (Array("<html>".utf8), nil), ([], nil),
        ] as [([UInt8], String?)])
    func sniffs(bytes: [UInt8], type: String?) {
        #expect(MediaType.sniff(bytes) == type)
    }

    private func size(_ bytes: [UInt8]) -> ImageSize? {
        ImageSize.of { offset, count in Array(bytes.dropFirst(offset).prefix(count)) }
    }

    @Test("Sizes are read from headers")
    func sizes() {
        #expect(size([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13] + Array("IHDR".utf8) + [0, 0, 1, 0, 0, 0, 0, 200, 8, 6, 0, 0]) == ImageSize(width: 256, height: 200))
        #expect(size(Array("GIF89a".utf8) + [0x2C, 0x01, 0x64, 0x00, 0, 0, 0]) == ImageSize(width: 300, height: 100))
        let jpeg: [UInt8] = [0xFF, 0xD8, 0xFF, 0xE1, 0, 6, 1, 2, 3, 4, 0xFF, 0xFF, 0xC4, 0, 3, 9, 0xFF, 0xC2, 0, 17, 8, 0x01, 0x2C, 0x02, 0x58, 3]
        #expect(size(jpeg) == ImageSize(width: 600, height: 300))
        let extended = Array("RIFF".utf8) + [0, 0, 0, 0] + Array("WEBPVP8X".utf8) + [10, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0x01, 0, 0xFF, 0, 0]
        #expect(size(extended) == ImageSize(width: 512, height: 256))
        let lossless = Array("RIFF".utf8) + [0, 0, 0, 0] + Array("WEBPVP8L".utf8) + [9, 0, 0, 0, 0x2F, 0xFF, 0xC1, 0x7F, 0x00, 0, 0, 0, 0, 0]
        #expect(size(lossless) == ImageSize(width: 512, height: 512))
    }

    @Test("Damaged headers give nothing and never trap")
    func hostile() {
        var random = SeededRandom(seed: 11)
        let starts: [[UInt8]] = [[0xFF, 0xD8, 0xFF], [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A], Array("GIF89a".utf8), Array("RIFF0000WEBPVP8X".utf8), Array("RIFF0000WEBPVP8L".utf8)]
        for _ in 0..<2_000 {
            let tail = (0..<Int.random(in: 0...64, using: &random)).map { _ in UInt8.random(in: .min ... .max, using: &random) }
            let bytes = starts[Int.random(in: starts.indices, using: &random)] + tail
            if let size = size(bytes) { #expect(size.width > 0 && size.height > 0) }
            _ = MediaType.sniff(bytes)
        }
    }
}
