import TestSupport
import Testing

@testable import Gateway
@testable import GatewayAPI

@Suite("Multipart bodies")
struct MultipartReaderTests {
    private func read(
        _ body: String, header: String = "multipart/form-data; boundary=B", pieces: Int = .max, limit: Int = 1000
    ) async throws -> (fields: [FormFields.Pair], files: [[UInt8]]) {
        try await withTemporaryDirectory { folder in
            let spool = MediaSpool(directory: folder, maximumByteCount: limit)
            var reader = try #require(MultipartReader(contentType: header, spool: spool))
            var rest = Array(body.replacing("\n", with: "\r\n").utf8)[...]
            while !rest.isEmpty {
                let piece = Array(rest.prefix(pieces))
                try piece.withUnsafeBytes { try reader.feed($0) }
                rest = rest.dropFirst(piece.count)
            }
            try reader.finish()
            var files: [[UInt8]] = []
            for (writer, _) in reader.files {
                files.append(MediaTool.read(try await writer.finish().path, limit: limit) ?? [])
            }
            return (reader.fields.pairs, files)
        }
    }

    private func pair(_ name: String, _ value: String) -> FormFields.Pair { .init(name: name, value: value) }

    private let whole = """
        --B
        Content-Disposition: form-data; name="chatId"

        6281234567890@c.us
        --B
        Content-Disposition: form-data; name="file"; filename="a \\"b%22.jpg"
        Content-Type: image/jpeg

        \u{1}\n--b--B\n-
        --B
        Content-Disposition: form-data; name="mentions"

        1@c.us
        --B
        Content-Disposition: form-data; name=mentions

        2@c.us
        --B--
        rest
        """

    @Test("Texts are fields, the file is the property base64, its name and type count, in any pieces", arguments: [1, 2, 3, 7, 19, 5000])
    func reads(pieces: Int) async throws {
        let (fields, files) = try await read(whole, pieces: pieces)
        #expect(
            fields == [
                pair("chatId", "6281234567890@c.us"), pair("base64", "0"), pair("mentions", "1@c.us"), pair("mentions", "2@c.us"),
                pair("filename", #"a "b".jpg"#), pair("mimetype", "image/jpeg"),
            ])
        #expect(files == [Array("\u{1}\r\n--b--B\r\n-".utf8)])
    }

    @Test("Fields overrule what the part says of itself, and a vague type says nothing")
    func overrules() async throws {
        let body = """
            --B
            Content-Disposition: form-data; name="image"; filename="x.bin"
            Content-Type: application/octet-stream

            q
            --B
            Content-Disposition: form-data; name="filename"

            y.png
            --B--
            """
        let (fields, files) = try await read(body)
        #expect(fields == [pair("base64", "0"), pair("filename", "y.png")])
        #expect(files == [[0x71]])
    }

    @Test("A field named base64 is decoded as in JSON")
    func base64() async throws {
        let (fields, files) = try await read("--B\nContent-Disposition: form-data; name=\"base64\"\n\naGk=\n--B--\n", pieces: 3)
        #expect(fields == [pair("base64", "0")])
        #expect(files == [Array("hi".utf8)])
    }

    @Test("An empty part is an empty value")
    func empty() async throws {
        let body = "--B\nContent-Disposition: form-data; name=\"caption\"\n\n\n--B\nContent-Disposition: form-data; name=\"file\"; filename=\"e\"\n\n\n--B--\n"
        for pieces in [1, 2, 500] {
            let (fields, files) = try await read(body, pieces: pieces)
            #expect(fields == [pair("caption", ""), pair("base64", "0"), pair("filename", "e")])
            #expect(files == [[]])
        }
    }

    @Test("Over the cap is too large")
    func cap() async {
        let body = "--B\nContent-Disposition: form-data; name=\"file\"\n\n\(String(repeating: "x", count: 11))\n--B--\n"
        await #expect(throws: GatewayError.mediaTooLarge(.upload, limit: 10)) { try await read(body, limit: 10) }
    }

    @Test(
        "What is no form is refused",
        arguments: [
            "", "--B", "--Bx--", "--B\n\nno headers\n--B--\n", "--B\nContent-Disposition: form-data\n\nx\n--B--\n",
            "--B\nContent-Disposition: form-data; name=\"a\"\n\nnever ends", "--B\nnonsense\n\nx\n--B--\n",
            "--B\nContent-Disposition: form-data; name=\"file\"\n\na\n--B\nContent-Disposition: form-data; name=\"file\"\n\nb\n--B--\n",
            "--B\nContent-Disposition: form-data; name=\"\(String(repeating: "a", count: 101))\"\n\nx\n--B--\n",
            "--B\nContent-Disposition: form-data; name=\"a\"\n\n\u{0}\n--B--\n", "--B" + String(repeating: "x", count: 40_000),
        ])
    func refuses(body: String) async {
        await #expect(throws: APIError.self) { try await read(body) }
    }

    @Test("A file part of another name is told as a property that should not exist")
    func unknownFile() async throws {
        let (fields, files) = try await read("--B\nContent-Disposition: form-data; name=\"virus\"; filename=\"v\"\n\nx\n--B--\n")
        #expect(fields == [pair("virus", "")])
        #expect(files.isEmpty)
    }

    @Test("Boundaries are read quoted or not, and bad ones not at all")
    func boundaries() async throws {
        #expect(MultipartReader.parameter("boundary", of: #"multipart/form-data; x=y; boundary="a b""#) == "a b")
        #expect(MultipartReader.parameter("boundary", of: "multipart/form-data;boundary=abc ; z=1") == "abc")
        let spool = MediaSpool(directory: "/nonexistent", maximumByteCount: 1)
        #expect(MultipartReader(contentType: "multipart/form-data", spool: spool) == nil)
        #expect(MultipartReader(contentType: "multipart/form-data; boundary=\(String(repeating: "x", count: 71))", spool: spool) == nil)
    }
}
