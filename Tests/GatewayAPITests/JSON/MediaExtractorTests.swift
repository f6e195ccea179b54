import Foundation
import StrictJSON
import TestSupport
import Testing

@testable import Gateway
@testable import GatewayAPI

@Suite("Files inside JSON bodies")
struct MediaExtractorTests {
    /// Feeds a text in pieces and reads the files back.
    private func extract(
        _ text: String, pieces: Int = .max, limit: Int = 1 << 20
    ) async throws -> (kept: String, files: [[UInt8]]) {
        try await withTemporaryDirectory { folder in
            let spool = MediaSpool(directory: folder, maximumByteCount: limit)
            var extractor = MediaExtractor(spool: spool)
            var rest = Array(text.utf8)[...]
            while !rest.isEmpty {
                let piece = Array(rest.prefix(pieces))
                try piece.withUnsafeBytes { try extractor.feed($0) }
                rest = rest.dropFirst(piece.count)
            }
            var files: [[UInt8]] = []
            for writer in extractor.files {
                let file = try await writer.finish()
                files.append(MediaTool.read(file.path, limit: limit) ?? [])
            }
            return (String(decoding: extractor.kept, as: UTF8.self), files)
        }
    }

    @Test("A file is taken out wherever it stands, and its number stands there instead", arguments: [1, 2, 3, 7, 1000])
    func takesOut(pieces: Int) async throws {
        let (kept, files) = try await extract(#"{"a":[{"base64":"eA=="}],"base64" : "aGVsbG8=","chatId":"1@c.us"}"#, pieces: pieces)
        #expect(kept == #"{"a":[{"base64":"eA=="}],"base64" : "0","chatId":"1@c.us"}"#)
        #expect(files == [Array("hello".utf8)])
    }

    @Test("Every item of a batch may have one, and variables of that name stay texts", arguments: [1, 5, 1000])
    func takesOutOfBatches(pieces: Int) async throws {
        let text = """
            {"messages":[{"content":{"image":{"base64":"YQ=="},"caption":"x"},"variables":{"base64":"stays"}},
            {"content":{"audio":{"ptt":true,"base64":"data:audio/ogg;codecs=opus;base64,Yg=="}}}],"base64":null}
            """
        let (kept, files) = try await extract(text, pieces: pieces)
        #expect(files == [[0x61], [0x62]])
        #expect(kept.contains(#""image":{"base64":"0"}"#) && kept.contains(#""base64":"1"}"#))
        #expect(kept.contains(#"{"base64":"stays"}"#) && kept.hasSuffix(#""base64":null}"#))
    }

    @Test("As many files as a batch has items, no more, and none keeps a descriptor")
    func many() async throws {
        func body(_ count: Int) -> String {
            let item = #"{"content":{"image":{"base64":"YQ=="}}}"#
            return #"{"messages":["# + Array(repeating: item, count: count).joined(separator: ",") + "]}"
        }
        try await withTemporaryDirectory { folder in
            var extractor = MediaExtractor(spool: MediaSpool(directory: folder, maximumByteCount: 10))
            try Array(body(100).utf8).withUnsafeBytes { try extractor.feed($0) }
            let open = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count { name in
                (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\(name)"))?.hasPrefix(folder) == true
            }
            #expect(open == 0)
        }
        #expect(try await extract(body(100)).files == Array(repeating: [0x61], count: 100))
        await #expect(throws: APIError.malformedBody("Body has more than 100 files")) { try await extract(body(101)) }
    }

    @Test("A name written with escapes is the same name", arguments: [1, 4, 1000])
    func escapedNames(pieces: Int) async throws {
        let (kept, files) = try await extract(#"{"b\u0061se64":"MQ==","\u0062\u0061\u0073\u0065\u0036\u0034":"Mg=="}"#, pieces: pieces)
        #expect(files == [[0x31], [0x32]])
        #expect(!kept.contains("MQ=="))
    }

    @Test("Escapes inside a file's text mean what they mean in JSON", arguments: [1, 2, 1000])
    func escapedContent(pieces: Int) async throws {
        let (_, files) = try await extract(#"{"base64":"\/9j\u002f\n4A\\A\"Q"}"#, pieces: pieces)
        #expect(files == [[0xFF, 0xD8, 0xFF, 0xE0, 0x00, 0x10]])
    }

    @Test("A string that ends in a quote escaped does not end the file early")
    func stringsElsewhere() async throws {
        let (kept, files) = try await extract(#"{"caption":"\\\"base64\":\"x","base64":"eA"}"#)
        #expect(files == [[0x78]])
        #expect(kept == #"{"caption":"\\\"base64\":\"x","base64":"0"}"#)
    }

    @Test("One byte more than the cap is refused with the contract's words, the cap itself is not")
    func cap() async throws {
        #expect(try await extract(#"{"base64":"YWJj"}"#, limit: 3).files == [Array("abc".utf8)])
        await #expect(throws: GatewayError.mediaTooLarge(.base64, limit: 3)) {
            try await extract(#"{"base64":"YWJjZA=="}"#, limit: 3)
        }
        #expect(
            GatewayError.mediaTooLarge(.base64, limit: 52_428_800).message
                == "Base64 media exceeds the maximum allowed size of 52428800 bytes")
    }

    @Test(
        "Bad JSON inside a file's text is refused",
        arguments: ["{\"base64\":\"a\nb\"}", #"{"base64":"a\x"}"#, #"{"base64":"\u00zz"}"#])
    func badJSON(text: String) async {
        await #expect(throws: JSONReadingError.self) { try await extract(text) }
    }

    @Test("Depth and number of files are bounded")
    func bounds() async {
        await #expect(throws: JSONReadingError.tooDeep(limit: 128)) {
            try await extract(String(repeating: "[", count: 1_000))
        }
        await #expect(throws: APIError.self) {
            try await extract("{" + String(repeating: #""base64":"","#, count: 300))
        }
    }

    @Test("Cut anywhere, a body is read or refused, never worse, and what is kept is what JSON readers see")
    func fuzz() async throws {
        var random = SeededRandom(seed: 7)
        let text = #"{"chatId":"6281234567890@c.us","base64":"aGVsbG8gd29ybGQ=","messages":[{"content":{"x":{"base64":"eA=="}}}]}"#
        for _ in 0..<200 {
            var bytes = Array(text.utf8)
            for _ in 0..<Int.random(in: 0...3, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0x20...0x7E, using: &random)
            }
            let cut = String(decoding: bytes.prefix(Int.random(in: 0...bytes.count, using: &random)), as: UTF8.self)
            guard let (kept, files) = try? await extract(cut, pieces: Int.random(in: 1...40, using: &random)) else { continue }
            guard case .object(let object)? = try? JSONReader.read(Array(kept.utf8)) else { continue }
            if let number = object["base64"]?.string { #expect(Int(number).map(files.indices.contains) == true) }
        }
    }
}

@Suite("Base64 as Node reads it")
struct Base64WindowTests {
    private func decode(_ text: String, pieces: Int = .max) throws -> [UInt8] {
        var window = Base64Window()
        var output: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let piece = Array(rest.prefix(pieces))
            try piece.withUnsafeBytes { bytes in try window.decode(bytes) { output += Array($0) } }
            rest = rest.dropFirst(piece.count)
        }
        try window.finish { output += Array($0) }
        return output
    }

    @Test(
        "Both alphabets, with and without padding, spaces and prefixes, in any pieces (RFC 4648 section 10)",
        arguments: [
            ("", ""), ("Zg==", "f"), ("Zm8=", "fo"), ("Zm9v", "foo"), ("Zm9vYg==", "foob"), ("Zm9vYmE=", "fooba"), ("Zm9vYmFy", "foobar"),
            ("Zg", "f"), ("Zm9vYg", "foob"), (" Z g = = ", "f"), ("Zm9v\r\nYmFy", "foobar"), ("Zm*9v!YmFy", "foobar"),
            ("data:text/plain;base64,Zm9v", "foo"), ("DATA:;base64,Zm9v", "foo"), ("Z", ""), ("====", ""), ("!!!", ""),
        ])
    func decodes(text: String, expected: String) throws {
        for pieces in [1, 2, 3, 5, 100] { #expect(try decode(text, pieces: pieces) == Array(expected.utf8), "pieces of \(pieces)") }
    }

    @Test("The URL alphabet stands for the same bytes")
    func urlAlphabet() throws {
        #expect(try decode("-_-_") == decode("+/+/"))
    }

    @Test("A long text comes out whole")
    func long() throws {
        var random = SeededRandom(seed: 3)
        let bytes = (0..<100_000).map { _ in UInt8.random(in: .min ... .max, using: &random) }
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var text: [UInt8] = []
        for start in stride(from: 0, to: bytes.count - 2, by: 3) {
            let bits = Int(bytes[start]) << 16 | Int(bytes[start + 1]) << 8 | Int(bytes[start + 2])
            text += [18, 12, 6, 0].map { alphabet[bits >> $0 & 63] }
        }
        #expect(try decode(String(decoding: text, as: UTF8.self), pieces: 7_001) == Array(bytes.prefix(text.count / 4 * 3)))
    }
}
