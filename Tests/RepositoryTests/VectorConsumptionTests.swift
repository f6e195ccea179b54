import Foundation
import TestSupport
import Testing

@Suite("Vector files")
struct VectorConsumptionTests {
    @Test("Every vector file is lent to exactly one test, and no test asks for a file that is not there")
    func consumption() throws {
        let tests = RepositoryRoot.url.appending(path: "Tests")
        let vectors = tests.appending(path: "TestSupport/Vectors")
        let files = try FileManager.default.contentsOfDirectory(at: vectors, includingPropertiesForKeys: nil)
        let names = Set(files.map { $0.deletingPathExtension().lastPathComponent })
        #expect(files.allSatisfy { $0.pathExtension == "json" } && names.count == files.count)

        var borrowers: [String: [String]] = [:]
        let sources = try #require(FileManager.default.enumerator(at: tests, includingPropertiesForKeys: nil))
        for case let file as URL in sources where file.pathExtension == "swift" {
            let source = try String(contentsOf: file, encoding: .utf8)
            for match in source.matches(of: /withVectors\("([^"]+)"/) {
                borrowers[String(match.1), default: []].append(file.lastPathComponent)
            }
        }
        for name in names.union(borrowers.keys).sorted() {
            let files = borrowers[name] ?? []
            #expect(names.contains(name), "\(files) ask for \(name).json, which is not there")
            #expect(files.count == 1, "\(name).json is lent to \(files.count) tests: \(files)")
        }
    }

    @Test("A leaf that a test leaves out is an issue, and a case it consumes is not")
    func unread() throws {
        let name = "phash"
        withKnownIssue("a test that reads nothing") {
            try withVectors(name) { _ in }
        }
        let left = "vectors[1].devices[2]"
        try withKnownIssue("a test that reads all but one leaf") {
            try withVectors(name) { try readAll($0, except: left) }
        } matching: {
            $0.comments.contains { $0.rawValue == "\(name).json: nothing read \(left)" }
        }
        try withVectors(name) { try readAll($0, except: "") }
    }

    /// Reads every leaf below a value by its own type, but the one at a path.
    private func readAll(_ value: VectorValue, except path: String) throws {
        if let keys = try? value.keys {
            for key in keys { try readAll(value[key], except: path) }
        } else if let list = try? value.list {
            for element in list { try readAll(element, except: path) }
        } else if value.path != path {
            let isRead = value.isNull || (try? value.text) != nil || (try? value.integer) != nil
            #expect(try isRead || value.boolean == value.boolean)
        }
    }
}
