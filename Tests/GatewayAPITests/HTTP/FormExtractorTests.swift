import TestSupport
import Testing

@testable import Gateway
@testable import GatewayAPI

@Suite("Files inside urlencoded bodies")
struct FormExtractorTests {
    private func extract(_ text: String, pieces: Int = .max, limit: Int = 1000) async throws -> (kept: String, files: [[UInt8]]) {
        try await withTemporaryDirectory { folder in
            var extractor = FormExtractor(spool: MediaSpool(directory: folder, maximumByteCount: limit))
            var rest = Array(text.utf8)[...]
            while !rest.isEmpty {
                let piece = Array(rest.prefix(pieces))
                try piece.withUnsafeBytes { try extractor.feed($0) }
                rest = rest.dropFirst(piece.count)
            }
            try extractor.finish()
            var files: [[UInt8]] = []
            for writer in extractor.files {
                files.append(MediaTool.read(try await writer.finish().path, limit: limit) ?? [])
            }
            return (String(decoding: extractor.kept, as: UTF8.self), files)
        }
    }

    @Test("A file is taken out in any pieces, its number stands there instead, and all else stays", arguments: [1, 2, 3, 7, 1000])
    func takesOut(pieces: Int) async throws {
        let (kept, files) = try await extract("a&chatId=1%40c.us&b%61se64=%2B%2b8aGk%3D&x=%zz&base64=&base642=eA", pieces: pieces)
        #expect(kept == "a&chatId=1%40c.us&b%61se64=0&x=%zz&base64=1&base642=eA")
        #expect(files == [[0xFB, 0xEF, 0x1A, 0x1A], []])
        #expect(files.count == 2 && files.last == [])
    }

    @Test("Of a large file nothing is kept but its number")
    func large() async throws {
        let (kept, files) = try await extract(
            "base64=" + String(repeating: "eHh4", count: 2 << 20), pieces: 1 << 16, limit: 8 << 20)
        #expect(kept == "base64=0")
        #expect(files.first?.count == 6 << 20)
    }

    @Test("Over the cap is too large, and broken escapes and NUL are refused", arguments: ["base64=%4", "base64=%4x", "base64=%00", "base64=a\0b"])
    func refuses(body: String) async {
        await #expect(throws: APIError.self) { try await extract(body) }
        await #expect(throws: GatewayError.mediaTooLarge(.base64, limit: 2)) { try await extract("base64=eHh4", limit: 2) }
    }
}
