import Testing

@testable import GatewayAPI

@Suite("Files as answers")
struct MediaReplyTests {
    @Test(
        "One range of bytes is understood; what is no range is answered with the whole",
        arguments: [
            (nil, .whole), ("bytes=0-9", .part(0..<10)), ("bytes=90-", .part(90..<100)), ("bytes=90-1000", .part(90..<100)),
            ("bytes=-10", .part(90..<100)), ("bytes=-1000", .part(0..<100)), ("bytes=99-99", .part(99..<100)),
            ("Bytes=0-0", .part(0..<1)), ("bytes=100-", .unsatisfiable), ("bytes=-0", .unsatisfiable),
            ("bytes=99999999999999999999-", .unsatisfiable), ("bytes=0-99999999999999999999", .part(0..<100)),
            ("bytes=9-0", .whole), ("bytes=0-1,5-9", .whole), ("bytes=", .whole), ("bytes=-", .whole), ("bytes=a-b", .whole),
            ("items=0-9", .whole), ("bytes=+1-2", .whole), ("", .whole),
        ] as [(String?, ByteRange)])
    func ranges(header: String?, range: ByteRange) {
        #expect(ByteRange(header, byteCount: 100) == range)
    }

    @Test("Nothing is there of an empty file")
    func empty() {
        #expect(ByteRange("bytes=0-", byteCount: 0) == .unsatisfiable)
        #expect(ByteRange(nil, byteCount: 0) == .whole)
    }

    @Test("Types in which browsers run scripts become bytes")
    func types() {
        #expect(MediaReply.inertType(of: "image/jpeg") == "image/jpeg")
        #expect(MediaReply.inertType(of: "Audio/OGG; codecs=opus") == "audio/ogg")
        #expect(MediaReply.inertType(of: "application/pdf") == "application/pdf")
        for type in ["image/svg+xml", "text/html", "application/javascript", "application/xhtml+xml", "image/x+xml", ""] {
            #expect(MediaReply.inertType(of: type) == "application/octet-stream")
        }
    }

    @Test("A name goes as it is where it is plain, else twice: safely and in UTF-8")
    func names() {
        #expect(ContentDisposition.attachment(nil) == "attachment")
        #expect(ContentDisposition.attachment("a b.pdf") == #"attachment; filename="a b.pdf""#)
        #expect(
            ContentDisposition.attachment("Ü\".pdf") == #"attachment; filename="__.pdf"; filename*=UTF-8''%C3%9C%22.pdf"#)
        #expect(ContentDisposition.attachment("a\r\nb") == #"attachment; filename="a__b"; filename*=UTF-8''a%0D%0Ab"#)
    }
}
