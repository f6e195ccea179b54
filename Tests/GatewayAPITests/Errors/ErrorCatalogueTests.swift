import Foundation
import StrictJSON
import TestSupport
import Testing

@testable import GatewayAPI

struct ErrorCatalogueTests {
    @Test("Docs/errors.md is what `openwa errors` prints")
    func printed() throws {
        let file = RepositoryRoot.url.appending(path: "Docs/errors.md")
        #expect(
            try String(contentsOf: file, encoding: .utf8) == ErrorCatalogue.markdown,
            "run: swift run openwa errors > Docs/errors.md")
    }

    @Test(
        "Every code is in capitals, has a status with a name, and sentences for people", arguments: ErrorCode.allCases)
    func rows(code: ErrorCode) {
        #expect(code.rawValue.allSatisfy { $0.isUppercase || $0 == "_" })
        let entry = code.entry
        #expect(ErrorReply.name(of: entry.status) != nil)
        for sentence in [entry.meaning, entry.advice] { #expect(sentence.hasSuffix(".") && !sentence.contains("|")) }
    }

    @Test("The catalogue is served to everybody, one row for each code")
    func served() async throws {
        try await withRoutes(APIConfiguration(baseURL: "https://wa.example")) { caller, _ in
            let answer = try await caller.with(key: nil).get("/api/errors")
            #expect(answer.status == 200)
            #expect(answer.elements.count == ErrorCode.allCases.count)
            guard case .object(let first) = answer.elements.first else {
                Issue.record("no rows")
                return
            }
            #expect(first.members.map(\.name) == ["code", "status", "error", "meaning", "advice", "docUrl"])
            #expect(first["code"] == .string("ROUTE_NOT_FOUND"))
            #expect(first["docUrl"] == .string("https://wa.example/api/docs#ROUTE_NOT_FOUND"))
        }
    }
}
