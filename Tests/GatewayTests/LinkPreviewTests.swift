import Foundation
import TestSupport
import Testing

@testable import Gateway

@Suite("Link previews")
struct LinkPreviewTests {
    @Test(
        "The first link of a text is found as it stands there",
        arguments: [
            ("see https://a.test/x?y=1#z now", "https://a.test/x?y=1#z"), ("(http://a.test).", "http://a.test"),
            ("HTTPS://A.test/b!", "HTTPS://A.test/b"), ("a.test and ftp://b.test", nil), ("http:// no", nil), ("", nil),
            ("x https://a.test\nhttps://b.test", "https://a.test"), ("http://... https://b.test", "https://b.test"),
            ("xhttps://a.test/ä\u{301}”", "https://a.test/ä\u{301}"), ("hhttp://a.test", "http://a.test"), ("http:/", nil),
            ("https://a.test/" + String(repeating: "a", count: 2_048) + " https://b.test", nil),
        ] as [(String, String?)])
    func finds(text: String, link: String?) {
        #expect(LinkInText.first(in: text) == link)
    }

    @Test("A text without a link, of whatever characters, is read once")
    func cost() {
        func cost(_ unit: String) -> Duration {
            let text = String(repeating: unit, count: 65_536 / unit.utf8.count)
            return processorTime { #expect(LinkInText.first(in: text) == nil) }
        }
        let plain = cost("words of no length ")
        for unit in ["a", "h", "http:/", "\u{301}\u{323}", "👩‍👩‍👧", "http://.", "é"] {
            #expect(cost(unit) < plain * 20 + .milliseconds(100))
        }
    }

    @Test("A page's own words: OpenGraph, else title and description, entities read")
    func page() {
        let html = """
            <!doctype html><html><head><title> Plain &amp; simple </title><meta name=description content='Less &lt;b&gt;'>
            <META content="Caf&#233; &#x2615;" property="og:title" /><meta property="og:image" content="/i.png">
            </head><body><meta property="og:description" content="not the head's">
            """
        let page = PageDescription(html: html)
        #expect(page.title == "Café ☕" && page.description == "Less <b>" && page.image == "/i.png")
        #expect(PageDescription(html: "<title>T</title>") == PageDescription(html: "<title>\n T </title >"))
        #expect(PageDescription(html: "").title == nil)
    }

    @Test("Pages of combining marks cost no more than others of their length")
    func combiningMarks() {
        func cost(_ unit: String) -> Duration {
            let run = String(repeating: unit, count: 20_000)
            let html = "<\(run)<meta \(run)=\"x\" property=\"\(run)\" content=\"&\(run)\"><title>\(run)</title>\(run)"
            return processorTime { #expect(PageDescription(html: html).image == nil) }
        }
        #expect(cost("\u{301}\u{323}") < cost("\u{3B1}\u{3B2}") * 10 + .milliseconds(100))
    }

    @Test("Junk is read without trouble")
    func junk() {
        var random = SeededRandom(seed: 5)
        let parts = ["<", ">", "meta ", "<meta ", "content=", "property=", "\"", "'", "og:title", "=", "/", "&#", "&amp;", ";", "<title>", " "]
        for _ in 0..<500 {
            let html = (0..<Int.random(in: 0...40, using: &random)).map { _ in parts[Int.random(in: parts.indices, using: &random)] }.joined()
            let page = PageDescription(html: html)
            #expect((page.title ?? "x").count <= 256)
        }
    }

    private func previewer(_ folder: String, timeout: Duration = .seconds(3)) -> LinkPreviewer {
        let policy = DestinationPolicy(
            allowedHosts: ["files.test"],
            resolver: DestinationResolver { name in
                if name == "files.test" { return [.v4(0x7F00_0001)] }
                // White space ends a link, so some of the forms are public here; they lead nowhere in this test.
                return (name == "public.test" ? [] : HostileURLs.names[name] ?? []).compactMap { NetworkAddress($0) }
            }, lookupTimeout: timeout, clock: ContinuousClock())
        return LinkPreviewer(
            fetch: GuardedFetch(policy: policy, additionalRoots: [], clock: ContinuousClock()),
            spool: MediaSpool(directory: folder, maximumByteCount: 1 << 20), examiner: MediaExaminer(tool: nil), timeout: timeout)
    }

    @Test("A page is fetched through the guard, with its small picture, and nothing is left in the spool")
    func fetches() async throws {
        let jpeg: [UInt8] = [0xFF, 0xD8, 0xFF, 0xE0, 1, 2, 3]
        let answers: @Sendable (String) -> TestSite.Answer = { path in
            path == "/i.jpg"
                ? .init(200, [("Content-Type", "image/jpeg")], body: jpeg)
                : .init(
                    200, [("Content-Type", "text/html; charset=utf-8")],
                    body: Array(#"<title>Depot</title><meta property="og:image" content="/i.jpg">"#.utf8), padding: 600_000)
        }
        try await TestSite.serving(answers) { site in
            try await withTemporaryDirectory { folder in
                let preview = await previewer(folder, timeout: .seconds(60)).preview(for: "look: http://files.test:\(site.port)/page")
                #expect(preview?.url == "http://files.test:\(site.port)/page")
                #expect(preview?.title == "Depot" && preview?.thumbnail == Data(jpeg))
                let left = try FileManager.default.contentsOfDirectory(atPath: folder)
                #expect(left.isEmpty)
            }
        }
    }

    @Test("No hostile link is connected to, and none fails the send", .timeLimit(.minutes(5)))
    func hostile() async throws {
        try await TestSite.serving({ _ in .init(200, [("Content-Type", "text/html")], body: Array("<title>x</title>".utf8)) }) { site in
            try await withTemporaryDirectory { folder in
                let previewer = previewer(folder)
                for url in HostileURLs.all(port: site.port) { #expect(await previewer.preview(for: url) == nil, "\(url)") }
                #expect(site.connections == 0)
            }
        }
    }
}
