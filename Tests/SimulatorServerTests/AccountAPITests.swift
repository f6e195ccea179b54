import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import SimulatorServer
import TestSupport
import Testing
import WASimulator

@Suite("Account data through the control API")
struct AccountAPITests {
    private static let one = "628111111111"
    private static let two = "628111111112"
    private static let jpeg = Data([0xFF, 0xD8, 0xFF, 0xE0, 1, 2, 3]).base64EncodedString()

    private func call(
        _ method: HTTPMethod, _ path: String, _ body: [String: Any]? = nil, on simulator: RunningSimulator
    ) async throws -> ControlAnswer {
        try await ControlAnswer.call(method, "/phones/\(Self.one)" + path, body, on: simulator)
    }

    private func withPhones(_ body: @Sendable (RunningSimulator) async throws -> Void) async throws {
        try await withSimulator(controlPort: 0) { simulator in
            try await simulator.host.drive { server, _ in
                try server.addPhone(Self.one, name: "Budi")
                try server.addPhone(Self.two, name: "Citra")
                _ = try server.addCompanion(to: Self.one)
            }
            try await body(simulator)
        }
    }

    private func refusal(_ answer: ControlAnswer) -> String { "\(answer.status) \(answer["error"] as? String ?? "")" }

    @Test("A profile is changed field by field, and what cannot be is refused by name")
    func profile() async throws {
        try await withPhones { simulator in
            let changed = try await call(
                .PATCH, "/profile",
                ["name": "Budi B.", "about": "Out", "privacy": ["last": "none"], "disappearingSeconds": 86_400],
                on: simulator)
            #expect(changed.status == 200)
            let shown = try await call(.GET, "/profile", on: simulator)
            #expect(shown["name"] as? String == "Budi B." && shown["about"] as? String == "Out")
            #expect(shown["disappearingSeconds"] as? Int == 86_400)
            #expect((shown["privacy"] as? [String: String])?["last"] == "none")
            for wrong in [["disappearingSeconds": 5], ["privacy": ["last": "maybe"]]] as [[String: Any]] {
                #expect(refusal(try await call(.PATCH, "/profile", wrong, on: simulator)) == "400 wrongFigure")
            }
        }
    }

    @Test("A picture is set, shown with its hash, and removed")
    func picture() async throws {
        try await withPhones { simulator in
            let set = try await call(.PUT, "/picture", ["base64": Self.jpeg], on: simulator)
            let picture = try #require(set["picture"] as? [String: Any])
            #expect(picture["byteCount"] as? Int == 7 && (picture["sha256"] as? String)?.count == 64)
            #expect(refusal(try await call(.PUT, "/picture", ["base64": "?"], on: simulator)) == "400 badRequest")
            #expect(refusal(try await call(.PUT, "/picture", ["base64": ""], on: simulator)) == "400 unusablePicture")
            #expect(try await call(.DELETE, "/picture", on: simulator)["picture"] == nil)
        }
    }

    @Test("Somebody is blocked and unblocked, and the address book is announced")
    func people() async throws {
        try await withPhones { simulator in
            let lid = try await simulator.host.drive { server, _ in try server.phone(Self.two).lid }
            let blocked = try await call(.POST, "/block", ["number": Self.two], on: simulator)
            #expect(blocked["blocked"] as? [String] == [lid + "@lid"])
            let open = try await call(.POST, "/unblock", ["number": Self.two], on: simulator)
            #expect(open["blocked"] as? [String] == [])
            for change in ["add", "remove", "update", "sync"] {
                let answer = try await call(
                    .POST, "/contacts-changed", ["change": change, "number": Self.two], on: simulator)
                #expect(answer.status == 204, "\(change)")
            }
            for wrong in [["change": "add"], ["change": "forget"]] {
                #expect(refusal(try await call(.POST, "/contacts-changed", wrong, on: simulator)) == "400 badRequest")
            }
        }
    }

    @Test("Tokens are given and shown, and the policy is kept")
    func tokens() async throws {
        try await withPhones { simulator in
            let given = try await call(
                .POST, "/tokens", ["to": Self.two, "timestampSeconds": 1_700_000_000], on: simulator)
            let tokens = try #require(given["given"] as? [[String: Any]])
            #expect(tokens.map { $0["number"] as? String } == [Self.two])
            #expect(tokens.first?["isGood"] as? Bool == false)
            #expect(tokens.first?["timestampSeconds"] as? Int == 1_700_000_000)
            #expect((try await call(.GET, "/tokens", on: simulator)["held"] as? [Any])?.isEmpty == true)
            let strict = try await call(.PUT, "/token-policy", ["required": true, "issues": true], on: simulator)
            #expect(strict["isTokenRequired"] as? Bool == true)
            let unknown = try await call(.POST, "/tokens", ["to": "628999999999"], on: simulator)
            #expect(refusal(unknown) == "404 unknownRecipient")
        }
    }

    @Test("What companions asked for is listed, and how the phone answers is settled")
    func requests() async throws {
        try await withPhones { simulator in
            #expect((try await call(.GET, "/requests", on: simulator)["requests"] as? [Any])?.isEmpty == true)
            let set = try await call(.PUT, "/media-retry", ["result": "notFound"], on: simulator)
            #expect(set["result"] as? String == "notFound" && (set["retries"] as? [Any])?.isEmpty == true)
            #expect(try await call(.GET, "/media-retry", on: simulator)["result"] as? String == "notFound")
            let unknown = try await call(.PUT, "/media-retry", ["result": "perhaps"], on: simulator)
            #expect(refusal(unknown) == "400 badRequest")
            #expect(try await call(.POST, "/lid-migration", ["compression": "gzip"], on: simulator).status == 204)
            let wrong = try await call(.POST, "/lid-migration", ["compression": "rar"], on: simulator)
            #expect(refusal(wrong) == "400 badRequest")
        }
    }

    @Test("App state is changed, shown, and waited for")
    func appState() async throws {
        try await withPhones { simulator in
            let changes: [[String: Any]] = [
                ["action": "archive", "chat": Self.two, "isOn": true],
                ["action": "contact", "number": Self.two, "fullName": "Citra Halim"],
            ]
            #expect(try await call(.POST, "/app-state", ["changes": changes], on: simulator).status == 200)
            let shown = try await call(
                .GET, "/app-state?collection=regular_low&version=1&waitSeconds=10", on: simulator)
            let chats = try #require(shown["chats"] as? [[String: Any]])
            #expect(chats.map { $0["isArchived"] as? Bool } == [true])
            let contacts = try #require(shown["contacts"] as? [[String: Any]])
            #expect(contacts.map { $0["fullName"] as? String } == ["Citra Halim"])
            let wrong = try await call(.POST, "/app-state", ["changes": [["action": "fly"]]], on: simulator)
            #expect(refusal(wrong) == "400 badRequest")
            let behaviour = try await call(.PUT, "/app-state/behaviour", ["pageLimit": 5], on: simulator)
            #expect(behaviour["pageLimit"] as? Int == 5)
            let impossible = try await call(.PUT, "/app-state/behaviour", ["pageLimit": 0], on: simulator)
            #expect(refusal(impossible) == "400 badRequest")
        }
    }

    @Test("A phone becomes a business and a person's again")
    func business() async throws {
        try await withPhones { simulator in
            #expect(refusal(try await call(.GET, "/business", on: simulator)) == "404 noBusiness")
            let hours: [[String: Any]] = [["day": "mon", "mode": "specific_hours", "open": 420, "close": 1_020]]
            let wanted: [String: Any] = [
                "verifiedName": "Toko Budi", "description": "Tea", "categories": [["id": "1", "name": "Shop"]],
                "timezone": "Asia/Jakarta", "hours": hours,
            ]
            #expect(try await call(.PUT, "/business", wanted, on: simulator).status == 200)
            let shown = try await call(.GET, "/business", on: simulator)
            #expect(shown["verifiedName"] as? String == "Toko Budi" && shown["description"] as? String == "Tea")
            #expect((shown["hours"] as? [[String: Any]])?.first?["close"] as? Int == 1_020)
            let wrong: [([String: Any], String)] = [
                (["verifiedName": ""], "400 wrongFigure"), (["description": "no name"], "400 badRequest"),
                (["verifiedName": "x", "hours": [["day": "someday", "mode": "open_24h"]]], "400 badRequest"),
                (
                    ["verifiedName": "x", "hours": [["day": "mon", "mode": "specific_hours", "open": -1, "close": 5]]],
                    "400 wrongFigure"
                ),
            ]
            for (body, expected) in wrong {
                #expect(refusal(try await call(.PUT, "/business", body, on: simulator)) == expected, "\(body)")
            }
            #expect(try await call(.DELETE, "/business", on: simulator).status == 204)
            #expect(refusal(try await call(.GET, "/business", on: simulator)) == "404 noBusiness")
        }
    }
}
