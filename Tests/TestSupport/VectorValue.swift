import Foundation

/// A place in a vector file that remembers which leaves were looked at.
///
/// Walk with subscripts, `list` and `keys`; read a leaf with `bytes` (hex), `text`, `utf8`, `integer`, `boolean` or
/// `isNull`. A missing key throws when its leaf is read, with the path in the error.
package struct VectorValue {
    /// The way from the top, such as `verify[3].signature`.
    package let path: String
    private let json: VectorJSON?
    private let reads: VectorReads

    init(_ json: VectorJSON?, path: String, reads: VectorReads) {
        (self.json, self.path, self.reads) = (json, path, reads)
    }

    package subscript(_ key: String) -> VectorValue {
        let path = self.path.isEmpty ? key : "\(self.path).\(key)"
        guard case .dictionary(let members) = json else { return VectorValue(nil, path: path, reads: reads) }
        return VectorValue(members[key], path: path, reads: reads)
    }

    package subscript(_ index: Int) -> VectorValue {
        let path = "\(self.path)[\(index)]"
        guard case .array(let elements) = json, elements.indices.contains(index) else {
            return VectorValue(nil, path: path, reads: reads)
        }
        return VectorValue(elements[index], path: path, reads: reads)
    }

    /// Whether there is anything at this place; reads no leaf.
    package var exists: Bool { json != nil }

    /// The elements of an array.
    package var list: [VectorValue] {
        get throws {
            guard case .array(let elements) = json else { throw VectorError.expected("an array", at: path) }
            return elements.indices.map { self[$0] }
        }
    }

    /// The keys of a dictionary in alphabetical order, without those that start with an underscore.
    package var keys: [String] {
        get throws {
            guard case .dictionary(let members) = json else { throw VectorError.expected("a dictionary", at: path) }
            return members.keys.filter { !$0.hasPrefix("_") }.sorted()
        }
    }

    /// A string as it stands.
    package var text: String {
        get throws {
            guard case .string(let text) = json else { throw VectorError.expected("a string", at: path) }
            reads.record(path)
            return text
        }
    }

    /// The UTF-8 bytes of a string.
    package var utf8: [UInt8] {
        get throws { [UInt8](try text.utf8) }
    }

    /// The bytes a hexadecimal string stands for.
    package var bytes: [UInt8] {
        get throws {
            guard let bytes = [UInt8](hex: try text) else { throw VectorError.expected("hexadecimal digits", at: path) }
            return bytes
        }
    }

    package var integer: Int {
        get throws {
            guard case .integer(let integer) = json else { throw VectorError.expected("an integer", at: path) }
            reads.record(path)
            return integer
        }
    }

    package var boolean: Bool {
        get throws {
            guard case .boolean(let boolean) = json else { throw VectorError.expected("a boolean", at: path) }
            reads.record(path)
            return boolean
        }
    }

    /// Whether the leaf is null; counts as having read it when it is.
    package var isNull: Bool {
        guard case .null = json else { return false }
        reads.record(path)
        return true
    }
}

/// A vector file does not have the shape that its test expects.
package enum VectorError: Error, CustomStringConvertible {
    case expected(String, at: String)
    case unreadable(String)

    package var description: String {
        switch self {
        case .expected(let what, let path): "expected \(what) at \(path)"
        case .unreadable(let reason): reason
        }
    }
}
