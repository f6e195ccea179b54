import Foundation
package import Testing

/// Lends a vector file of Tests/TestSupport/Vectors to one test, and records an issue for each leaf it never read.
///
/// So no case can be added to a file without a test that consumes it. Not counted are keys that start with an
/// underscore and keys named "note", with all that is below them. A file is lent to exactly one test in the
/// repository.
package func withVectors(
    _ name: String, sourceLocation: SourceLocation = #_sourceLocation, _ body: (VectorValue) throws -> Void
) throws {
    let file = RepositoryRoot.url.appending(path: "Tests/TestSupport/Vectors/\(name).json")
    let json: VectorJSON
    do {
        json = try JSONDecoder().decode(VectorJSON.self, from: Data(contentsOf: file))
    } catch {
        throw VectorError.unreadable("\(name).json: \(error)")
    }
    let reads = VectorReads()
    try body(VectorValue(json, path: "", reads: reads))
    for path in json.leafPaths() where !reads.contains(path) {
        Issue.record("\(name).json: nothing read \(path)", sourceLocation: sourceLocation)
    }
}

/// The paths of the leaves that a test has read.
final class VectorReads {
    private var paths: Set<String> = []

    func record(_ path: String) { paths.insert(path) }
    func contains(_ path: String) -> Bool { paths.contains(path) }
}

/// A parsed JSON value.
enum VectorJSON: Decodable {
    case null, boolean(Bool), integer(Int), string(String), array([VectorJSON]), dictionary([String: VectorJSON])

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let boolean = try? container.decode(Bool.self) {
            self = .boolean(boolean)
        } else if let integer = try? container.decode(Int.self) {
            self = .integer(integer)
        } else if let string = try? container.decode(String.self) {
            self = .string(string)
        } else if let array = try? container.decode([VectorJSON].self) {
            self = .array(array)
        } else {
            self = .dictionary(try container.decode([String: VectorJSON].self))
        }
    }

    /// Every leaf that a test has to read, in a stable order; an empty array or dictionary has none.
    func leafPaths(at path: String = "") -> [String] {
        switch self {
        case .array(let elements):
            elements.indices.flatMap { elements[$0].leafPaths(at: "\(path)[\($0)]") }
        case .dictionary(let members):
            members.keys.sorted().filter { !$0.hasPrefix("_") && $0 != "note" }
                .flatMap { members[$0]!.leafPaths(at: path.isEmpty ? $0 : "\(path).\($0)") }
        default:
            [path]
        }
    }
}
