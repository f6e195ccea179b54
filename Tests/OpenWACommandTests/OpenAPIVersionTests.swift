import Foundation
import TestSupport
import Testing

@testable import OpenWACommand

@Test("The committed OpenAPI document has the program's version")
func openAPIVersion() throws {
    let text = try String(contentsOf: RepositoryRoot.url.appending(path: "openapi.json"), encoding: .utf8)
    #expect(text.contains("\"version\": \"\(OpenWACommand.version)\""))
}
