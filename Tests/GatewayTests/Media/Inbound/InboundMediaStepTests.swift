import Testing
import WAProtocol

@testable import Gateway

@Suite("What follows from an attempt to have a file")
struct InboundMediaStepTests {
    private var media: InboundMedia {
        InboundMedia(
            key: .init(sessionID: "s", messageSeq: 1), kind: .image, state: .pending, mimetype: "image/jpeg", filename: nil,
            byteCount: 1, sha256: String(repeating: "0", count: 64),
            reference: MediaReference(
                directPath: "/a", mediaKey: [], fileSHA256: [], fileEncSHA256: [], byteCount: 1, keyTimestampSeconds: 0))
    }

    /// How often an outcome is suffered before the end, and what the end is.
    private func exhaust(_ outcome: InboundMediaOutcome) -> (tries: Int, end: InboundMediaStep) {
        var media = media
        for tries in 1..<1_000 {
            guard case .again(let next, let pause) = media.next(after: outcome) else {
                return (tries, media.next(after: outcome))
            }
            #expect(pause <= .seconds(3_600))
            media = next
        }
        return (1_000, .keep)
    }

    @Test("Every failure has an end, but being offline and a full disk")
    func ends() {
        #expect(exhaust(.unavailable) == (40, .giveUp(.failed, .unreachable)))
        #expect(exhaust(.corrupted) == (3, .giveUp(.failed, .corrupted)))
        #expect(exhaust(.refused) == (3, .giveUp(.failed, .refused)))
        #expect(exhaust(.phoneFailed) == (8, .giveUp(.failed, .expired)))
        #expect(exhaust(.phoneSilent) == (40, .giveUp(.failed, .unreachable)))
        #expect(exhaust(.offline).tries == 1_000 && exhaust(.diskFailed).tries == 1_000)
        #expect(media.next(after: .notOnPhone) == .giveUp(.failed, .expired))
        #expect(media.next(after: .tooLarge) == .giveUp(.omitted, .tooLarge))
    }

    @Test("A phone that names gone paths is not asked for ever")
    func uselessPhone() {
        var media = media
        var asked = 0
        while case .askPhone = media.next(after: .expired) {
            asked += 1
            guard case .again(let next, let pause) = media.next(after: .uploadedAgain(directPath: "/b\(asked)")) else { return }
            #expect(asked == 1 ? pause == .zero : pause > .zero)
            #expect(next.reference.directPath == "/b\(asked)")
            media = next
        }
        #expect(asked == 8)
        #expect(media.next(after: .expired) == .giveUp(.failed, .expired))
    }

    @Test(
        "Names that strangers choose are made harmless",
        arguments: [
            ("report.pdf", "report.pdf"), ("/etc/passwd", "passwd"), ("..\\..\\boot.ini", "boot.ini"), ("..", nil),
            ("", nil), ("a\u{0}b\r\n.txt", "ab.txt"), ("\u{202E}gpj.exe", "gpj.exe"), ("Überblick 2026.pdf", "Überblick 2026.pdf"),
            (".htaccess", "htaccess"),
        ] as [(String, String?)])
    func filenames(given: String, safe: String?) {
        #expect(SafeFilename.of(given) == safe)
        #expect((SafeFilename.of(String(repeating: "ä", count: 10_000) + ".txt") ?? "").utf8.count == 200)
    }

    @Test(
        "Types that strangers claim can stand in a header",
        arguments: [
            ("image/jpeg", "image/jpeg"), ("audio/ogg; codecs=opus", "audio/ogg; codecs=opus"), ("", SafeMimetype.unknown),
            ("image/jpeg\r\nX-Evil: 1", SafeMimetype.unknown), ("text", SafeMimetype.unknown), ("a/b/c", SafeMimetype.unknown),
        ])
    func mimetypes(given: String, safe: String) {
        #expect(SafeMimetype.of(given) == safe)
    }
}
