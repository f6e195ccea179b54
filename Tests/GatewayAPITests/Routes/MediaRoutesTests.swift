import Foundation
import Hummingbird
import HummingbirdTesting
import Logging
import StrictJSON
import TestSupport
import Testing
import WAClient

@testable import Gateway
@testable import GatewayAPI

/// Everything about media sends that needs no WhatsApp: what is refused, what is stored before the answer.
@Suite("Media sends")
struct MediaRoutesTests {
    private static let kinds = ["send-image", "send-video", "send-audio", "send-document", "send-sticker"]
    private static let resolver = DestinationResolver { name in
        if name == "files.test" { return [.v4(0x7F00_0001)] }
        return (HostileURLs.names[name] ?? []).compactMap { NetworkAddress($0) }
    }

    /// Lends routes with the session `depot`: linked, started, and without a WhatsApp that answers.
    private func withSession(
        cap: Int = 1000, _ body: @Sendable (TestCaller, GatewayFixture) async throws -> Void
    ) async throws {
        var configuration = GatewayConfiguration()
        configuration.maximumMediaByteCount = cap
        configuration.allowedDestinations = ["files.test"]
        configuration.lookupTimeout = .milliseconds(200)
        configuration.client.reconnectUnit = .seconds(3600)
        try await withGateway(configuration, destinations: Self.resolver) { fixture in
            let session = try await fixture.gateway.createSession(name: "depot")
            fixture.gateway.directory[session.id]?.linked(phone: "6285500000001", pushName: nil, isOnline: false, nowMilliseconds: 1)
            _ = try await fixture.gateway.startSession("depot")
            var logger = Logger(label: "test")
            logger.logLevel = .critical
            let application = APIApplication.make(fixture.gateway, configuration: APIConfiguration(), logger: logger)
            try await application.test(.router) { client in
                try await body(TestCaller(client: client, key: fixture.adminKey), fixture)
            }
        }
    }

    private func post(_ caller: TestCaller, _ route: String, _ json: String, session: String = "depot") async throws -> Answer {
        try await caller.post("/api/sessions/\(session)/messages/\(route)", json, [.prefer: "respond-async"])
    }

    private func multipart(
        _ caller: TestCaller, _ route: String, fields: [(String, String)], file: String? = nil, type: String? = nil
    ) async throws -> Answer {
        var body = ""
        for (name, value) in fields {
            body += "--XX\r\nContent-Disposition: form-data; name=\"\(name)\"\r\n\r\n\(value)\r\n"
        }
        if let file {
            body += "--XX\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f.bin\"\r\n"
            if let type { body += "Content-Type: \(type)\r\n" }
            body += "\r\n\(file)\r\n"
        }
        return try await caller.post(
            "/api/sessions/depot/messages/\(route)", body + "--XX--\r\n",
            [.contentType: "multipart/form-data; boundary=XX", .prefer: "respond-async"])
    }

    private func spooled(_ fixture: GatewayFixture) -> [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: fixture.gateway.mediaSpool.directory)) ?? []
    }

    private func quoted(_ text: String) -> String {
        var json = JSONWriter()
        json.string(text)
        return String(decoding: json.bytes, as: UTF8.self)
    }

    @Test("Validation comes first, then the session, then the source of the media", arguments: kinds)
    func order(route: String) async throws {
        try await withSession { caller, fixture in
            let empty = try await post(caller, route, "{}", session: "nope")
            #expect(empty.status == 400)
            #expect(empty.message == ["chatId should not be empty", "chatId must be a string"])
            let strict = try await post(caller, route, #"{"chatId":"6281234567890@c.us","image":{"url":"https://example.com/x"}}"#)
            #expect(strict.message == ["property image should not exist"])
            let inactive = try await post(caller, route, #"{"chatId":"6281234567890@c.us"}"#, session: "nope")
            #expect(inactive.message == ["Session 'nope' is not active. Start the session first."])
            let neither = try await post(caller, route, #"{"chatId":"6281234567890@c.us"}"#)
            #expect(neither.status == 400 && neither.message == ["Either url or base64 must be provided"])
            let untyped = try await post(caller, route, #"{"chatId":"6281234567890@c.us","base64":"eA=="}"#)
            #expect(untyped.status == 400 && untyped.message == ["mimetype is required when using base64 data"])
            let nothing = try await post(caller, route, #"{"chatId":"6281234567890@c.us","base64":"!!!","mimetype":"a/b"}"#)
            #expect(nothing.status == 400 && nothing.message == ["base64 must contain media, and it is empty"])
            let long = String(repeating: "x", count: 1025)
            let limits = try await post(caller, route, #"{"chatId":"6281234567890@c.us","caption":"\#(long)","filename":"\#(long)"}"#)
            #expect(
                limits.message == [
                    "filename must be shorter than or equal to 255 characters", "caption must be shorter than or equal to 1024 characters",
                ])
            #expect(spooled(fixture).isEmpty, "what is refused leaves nothing")
        }
    }

    @Test("ptt is for send-audio alone, a boolean, and told first")
    func ptt() async throws {
        try await withSession { caller, _ in
            let answer = try await post(caller, "send-audio", #"{"ptt":"yes"}"#)
            #expect(answer.message.first == "ptt must be a boolean value")
            #expect(try await post(caller, "send-image", #"{"chatId":"1","ptt":true}"#).message == ["property ptt should not exist"])
        }
    }

    @Test("An accepted file is in the spool and its row in the store, whichever way it came")
    func accepts() async throws {
        try await TestSite.serving({ _ in .init(200, [("Content-Type", "image/jpeg")], body: [0xFF, 0xD8, 0xFF, 0xE0]) }) { site in
            try await withSession { caller, fixture in
                let ways: [(Int) async throws -> Answer] = [
                    { _ in
                        try await self.post(
                            caller, "send-image", #"{"base64":"/9j/4AAQ","chatId":"6281234567890@c.us","mimetype":"image/jpeg","caption":"hi"}"#)
                    },
                    { _ in
                        try await self.multipart(
                            caller, "send-image", fields: [("chatId", "6281234567890@c.us"), ("caption", "hi")], file: "abc", type: "image/png")
                    },
                    { port in
                        try await self.post(
                            caller, "send-image", #"{"url":"http://files.test:\#(port)/a.jpg","chatId":"+62 812-3456-7890","caption":"hi"}"#)
                    },
                    { port in
                        try await self.post(
                            caller, "send-image",
                            #"{"url":"http://127.0.0.1/","base64":"eA==","mimetype":"image/jpeg","chatId":"6281234567890@c.us","caption":"hi"}"#)
                    },
                ]
                for (index, way) in ways.enumerated() {
                    let answer = try await way(site.port)
                    #expect(answer.status == 201, "\(answer.text)")
                    #expect(answer["messageId"]?.string?.hasPrefix("true_6281234567890@c.us_") == true)
                    #expect(spooled(fixture).count == index + 1)
                }
                #expect(site.connections == 1, "with base64 the URL is not fetched")
                let page = try await fixture.gateway.messages(MessageQuery(session: "depot"))
                #expect(page.messages.map(\.type) == Array(repeating: "image", count: 4))
                #expect(Set(page.messages.map(\.body)) == ["hi"])
            }
        }
    }

    @Test("Of a URL and a file one counts, and the other is not even checked")
    func oneSource() async throws {
        try await TestSite.serving({ _ in .init(200, [("Content-Type", "image/jpeg")], body: [0xFF, 0xD8, 0xFF]) }) { site in
            try await withSession { caller, _ in
                let file = try await post(
                    caller, "send-image", #"{"url":"no URL","base64":"eA==","mimetype":"a/b","chatId":"6281234567890@c.us"}"#)
                #expect(file.status == 201, "\(file.text)")
                let url = try await post(
                    caller, "send-image",
                    #"{"url":"http://files.test:\#(site.port)/a","base64":"","chatId":"6281234567890@c.us"}"#)
                #expect(url.status == 201, "\(url.text)")
                let neither = try await post(
                    caller, "send-image", #"{"url":"no URL","base64":"","mimetype":"a/b","chatId":"6281234567890@c.us"}"#)
                #expect(neither.message == ["url must be a URL address"])
                let bulk = try await post(
                    caller, "send-bulk",
                    #"{"messages":[{"chatId":"6281234567890@c.us","type":"image","content":{"image":{"url":"x","base64":""}}}]}"#)
                #expect(bulk.status == 400 && bulk.text.contains("content.image.url must be a URL address"), "\(bulk.text)")
            }
        }
    }

    @Test("The cap itself passes and one byte more is 413, by JSON, by form and by URL")
    func cap() async throws {
        try await TestSite.serving({ path in .init(padding: Int(path.dropFirst()) ?? 0) }) { site in
            try await withSession(cap: 3000) { caller, fixture in
                for (count, status) in [(3000, 201), (3001, 413)] {
                    let base64 = Data(repeating: 7, count: count).base64EncodedString()
                    let json = try await post(
                        caller, "send-document", #"{"base64":"\#(base64)","mimetype":"a/b","chatId":"6281234567890@c.us"}"#)
                    let form = try await multipart(
                        caller, "send-document", fields: [("chatId", "6281234567890@c.us")], file: String(repeating: "x", count: count))
                    let url = try await post(
                        caller, "send-document", #"{"url":"http://files.test:\#(site.port)/\#(count)","chatId":"6281234567890@c.us"}"#)
                    for answer in [json, form, url] { #expect(answer.status == status, "\(answer.text)") }
                    guard status == 413 else { continue }
                    #expect(json.message == ["Base64 media exceeds the maximum allowed size of 3000 bytes"])
                    #expect(form.message == ["Media exceeds the maximum allowed size of 3000 bytes"])
                    #expect(json["error"] == .string("Payload Too Large"))
                    #expect(json.headers[.connection] == "close")
                }
                #expect(spooled(fixture).count == 3)
            }
        }
    }

    @Test("Every hostile URL is a 400 by JSON, form field and multipart, and nothing connects", .timeLimit(.minutes(5)))
    func hostile() async throws {
        try await TestSite.serving { site in
            try await withSession { caller, fixture in
                for url in HostileURLs.all(port: site.port) {
                    let json = try await post(caller, "send-image", #"{"chatId":"6281234567890@c.us","url":\#(quoted(url))}"#)
                    let allowed = ["Destination address is not allowed"]
                    let malformed = ["url must be a URL address"]
                    #expect(json.status == 400, "\(url): \(json.text)")
                    #expect(json.message == allowed || json.message == malformed || url.contains("\0"), "\(url): \(json.text)")
                    guard !url.contains("\0"), !url.contains("\n") else { continue }
                    let form = try await multipart(caller, "send-image", fields: [("chatId", "6281234567890@c.us"), ("url", url)])
                    #expect(form.status == 400 && form.message == json.message, "\(url): \(form.text)")
                }
                #expect(site.connections == 0)
                #expect(spooled(fixture).isEmpty)
            }
        }
    }

    @Test("A URL that answers badly is a 400 that says so, and a redirect to a blocked place is the page's")
    func badURLs() async throws {
        let answers: @Sendable (String) -> TestSite.Answer = { path in
            path == "/inside" ? .init(302, [("Location", "http://127.0.0.1:1/")]) : path == "/empty" ? .init(200) : .init(404)
        }
        try await TestSite.serving(answers) { site in
            try await withSession { caller, fixture in
                func message(_ path: String) async throws -> [String] {
                    let answer = try await post(
                        caller, "send-video", #"{"chatId":"6281234567890@c.us","url":"http://files.test:\#(site.port)/\#(path)"}"#)
                    #expect(answer.status == 400)
                    return answer.message
                }
                let (gone, inside, empty) = (try await message("gone"), try await message("inside"), try await message("empty"))
                #expect(gone == ["The media URL could not be fetched: the server answered with status 404"])
                #expect(inside == ["Destination address is not allowed"])
                #expect(empty == ["url must contain media, and it is empty"])
                #expect(spooled(fixture).isEmpty)
            }
        }
    }

    @Test("Nobody without a good key can write to the disk")
    func keyFirst() async throws {
        try await withSession { caller, fixture in
            let body = #"{"base64":"\#(String(repeating: "A", count: 10_000))","mimetype":"a/b","chatId":"1"}"#
            let answer = try await post(caller.with(key: "wrong"), "send-image", body)
            #expect(answer.status == 401)
            #expect(spooled(fixture).isEmpty)
        }
    }
}
