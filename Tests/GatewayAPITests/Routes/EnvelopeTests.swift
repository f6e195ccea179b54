import Gateway
import Hummingbird
import StrictJSON
import Testing

@testable import GatewayAPI

struct EnvelopeTests {
    @Test("An unknown route is a 404 that names method and path, with or without a key")
    func unknownRoute() async throws {
        try await withRoutes { caller, _ in
            for (method, path) in [
                (HTTPRequest.Method.get, "/api/nope"), (.post, "/api/health"), (.get, "/"), (.put, "/api/sessions?x=1"),
                (.get, "/api/sessions/a/b/c"),
            ] {
                let answer = try await caller.with(key: nil).call(method, path)
                #expect(answer.status == 404)
                #expect(answer.names == ["statusCode", "message", "error", "code", "requestId", "docUrl"])
                #expect(answer.message == ["Cannot \(method.rawValue) \(path)"])
                #expect(answer["error"] == .string("Not Found"))
            }
        }
    }

    @Test("A validation failure is an array of texts under Bad Request")
    func validation() async throws {
        try await withRoutes { caller, _ in
            let answer = try await caller.post(
                "/api/sessions/my-session/messages/send-text", #"{"chatId":"1@c.us","text":"x","foo":1}"#)
            #expect(answer.status == 400)
            #expect(answer["message"] == .array([.string("property foo should not exist")]))
            #expect(answer["error"] == .string("Bad Request"))
            #expect(answer["statusCode"] == .number(.integer(400)))
        }
    }

    @Test("A body of another type is an empty one, and a compressed one is refused")
    func contentTypes() async throws {
        try await withRoutes { caller, _ in
            let path = "/api/sessions/my-session/messages/send-text"
            let body = #"{"chatId":"1@c.us","text":"x"}"#
            let plain = try await caller.post(path, body, [.contentType: "text/plain"])
            #expect(plain.message.count == 5)
            let compressed = try await caller.post(path, body, [.contentEncoding: "gzip"])
            #expect(compressed.status == 415)
            #expect(compressed.message == ["unsupported content encoding \"gzip\""])
            let form = try await caller.post(
                path, "chatId=1%40c.us&text=", [.contentType: "application/x-www-form-urlencoded"])
            #expect(form.message == ["text should not be empty"])
        }
    }

    @Test("The request's id is echoed in header and error, and made up when it is missing or strange")
    func requestIDs() async throws {
        try await withRoutes { caller, _ in
            let echoed = try await caller.get("/api/nope", [.requestID: "abc-123"])
            #expect(echoed.headers[.requestID] == "abc-123")
            #expect(echoed["requestId"] == .string("abc-123"))
            let first = try await caller.get("/api/health", [.requestID: "has space"])
            let second = try await caller.get("/api/health")
            let ids = [first, second].compactMap { $0.headers[.requestID] }
            #expect(Set(ids).count == 2 && !ids.contains("has space") && ids.allSatisfy { !$0.isEmpty })
        }
    }

    @Test("Every answer carries the security headers")
    func securityHeaders() async throws {
        try await withRoutes { caller, _ in
            for path in ["/api/health", "/api/nope", "/api/sessions"] {
                let headers = try await caller.get(path).headers
                #expect(headers[.strictTransportSecurity] == "max-age=31536000; includeSubDomains; preload")
                #expect(headers[.xContentTypeOptions] == "nosniff")
                #expect(headers[.frameOptions] == "SAMEORIGIN")
                #expect(headers[.xssProtection] == "0")
                #expect(headers[.referrerPolicy] == "strict-origin-when-cross-origin")
                #expect(headers[.crossOriginResourcePolicy] == "cross-origin")
                #expect(headers[.contentSecurityPolicy]?.hasPrefix("default-src 'self';") == true)
                #expect(headers[.accessControlAllowOrigin] == nil)
            }
        }
    }

    @Test("Web pages may call as far as the configured origins allow")
    func origins() async throws {
        let page = "https://app.example"
        try await withRoutes { caller, _ in
            let answer = try await caller.get("/api/health", [.origin: page])
            #expect(answer.headers[.accessControlAllowOrigin] == "*")
            #expect(answer.headers[.accessControlAllowCredentials] == nil)
            #expect(answer.headers[.accessControlExposeHeaders]?.contains("X-OpenWA-Ack") == true)
        }
        try await withRoutes(APIConfiguration(allowedOrigins: .list([page]))) { caller, _ in
            let allowed = try await caller.get("/api/nope", [.origin: page])
            #expect(allowed.headers[.accessControlAllowOrigin] == page)
            #expect(allowed.headers[.accessControlAllowCredentials] == "true")
            #expect(allowed.headers[.vary] == "Origin")
            let refused = try await caller.get("/api/health", [.origin: "https://evil.example"])
            #expect(refused.status == 200)
            #expect(refused.headers[.accessControlAllowOrigin] == nil)
        }
        try await withRoutes(APIConfiguration(allowedOrigins: .none)) { caller, _ in
            let answer = try await caller.get("/api/health", [.origin: page])
            #expect(answer.headers[.accessControlAllowOrigin] == nil)
        }
    }

    @Test("A preflight request is answered without a key")
    func preflight() async throws {
        try await withRoutes { caller, _ in
            let answer = try await caller.with(key: nil).call(
                .options, "/api/sessions/x/messages/send-text",
                headers: [.origin: "https://app.example", .accessControlRequestMethod: "POST"])
            #expect(answer.status == 204)
            #expect(answer.text.isEmpty)
            #expect(answer.headers[.accessControlAllowOrigin] == "*")
            #expect(answer.headers[.accessControlAllowMethods] == "GET,POST,PUT,DELETE,PATCH,OPTIONS")
            #expect(answer.headers[.accessControlAllowHeaders]?.contains("X-API-Key") == true)
            #expect(answer.headers[.accessControlMaxAge] == "86400")
        }
    }

    @Test("A URL with an encoded NUL is refused, and one with a broken escape too")
    func brokenURLs() async throws {
        try await withRoutes { caller, _ in
            for path in ["/api/sessions/a%00b", "/api/sessions?name=%00"] {
                let answer = try await caller.get(path)
                #expect(answer.status == 400)
                #expect(answer.message == ["URL must not contain an encoded NUL"])
            }
            #expect(try await caller.get("/api/sessions/a%zz").message == ["Failed to decode param 'a%zz'"])
        }
    }
}
