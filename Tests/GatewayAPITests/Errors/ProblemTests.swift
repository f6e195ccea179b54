import Hummingbird
import StrictJSON
import Testing

@testable import GatewayAPI

struct ProblemTests {
    @Test(
        "A problem document is sent only to those who prefer it",
        arguments: [
            (nil, false), ("*/*", false), ("application/json", false), ("application/problem+json", true),
            ("application/problem+json, application/json", false),
            ("application/problem+json, application/json;q=0.9", true),
            ("application/problem+json;q=0.5, application/json;q=0.9", false), ("application/problem+json, */*", false),
            ("application/problem+json, */*;q=0.8", true), ("application/problem+json, application/*;q=0.1, */*", true),
            ("APPLICATION/Problem+JSON ; charset=utf-8", true), ("application/problem+json;q=0", false),
            ("application/problem+json;q=x", false), (",;=application/problem+json", false),
        ] as [(String?, Bool)])
    func preference(accept: String?, expected: Bool) {
        #expect(ProblemPreference.isPreferred(accept) == expected)
    }

    @Test("A problem has RFC 9457's members, and each bad field of its own")
    func members() async throws {
        try await withRoutes { caller, _ in
            let headers: HTTPFields = [.accept: "application/problem+json", .requestID: "r-1"]
            let path = "/api/sessions/my-session/messages/send-text"
            let invalid = try await caller.post(path + "?x=1", #"{"chatId":"1@c.us","foo":1,"text":""}"#, headers)
            #expect(invalid.status == 400)
            #expect(invalid.headers[.contentType] == "application/problem+json")
            #expect(
                invalid.names == [
                    "type", "title", "status", "detail", "instance", "code", "requestId", "errors",
                ])
            #expect(invalid["type"] == .string("/api/docs#VALIDATION_FAILED"))
            #expect(invalid["status"] == .number(.integer(400)))
            #expect(invalid["detail"] == .string("property foo should not exist"))
            #expect(invalid["instance"] == .string(path))
            #expect(invalid["requestId"] == .string("r-1"))
            let texts = ["property foo should not exist", "text should not be empty"]
            #expect(
                invalid["errors"]
                    == .array(texts.map { .object(JSONObject([.init(name: "detail", value: .string($0))])) }))

            let missing = try await caller.get("/api/sessions/nope", headers)
            #expect(missing.status == 404)
            #expect(missing.names == ["type", "title", "status", "detail", "instance", "code", "requestId"])
            #expect(missing["detail"] == .string("Session with id 'nope' not found"))
            #expect(missing["code"] == .string("SESSION_NOT_FOUND"))
        }
    }

    @Test("Without that wish the answer is OpenWA's envelope, with ours added behind it")
    func envelope() async throws {
        try await withRoutes { caller, _ in
            let missing = try await caller.get("/api/sessions/nope", [.requestID: "r-1"])
            #expect(missing.headers[.contentType] == "application/json; charset=utf-8")
            #expect(missing.names == ["statusCode", "message", "error", "code", "requestId", "docUrl"])
            #expect(missing["code"] == .string("SESSION_NOT_FOUND"))
            #expect(missing["requestId"] == .string("r-1"))
            #expect(missing["docUrl"] == .string("/api/docs#SESSION_NOT_FOUND"))
        }
    }
}
