/// Which part of a file a request asks for (RFC 9110, 14.2): one range of bytes.
enum ByteRange: Equatable {
    /// All of it: nothing else was asked for, or nothing that we serve.
    case whole
    case part(Range<Int>)
    /// Nothing of what was asked for is there.
    case unsatisfiable

    /// - Parameter header: `bytes=0-99`, `bytes=100-`, `bytes=-100`. Several ranges are answered with the whole.
    init(_ header: String?, byteCount: Int) {
        guard let header, header.utf8.allSatisfy({ $0 < 0x80 }), let equals = header.firstIndex(of: "="), header[..<equals].lowercased() == "bytes" else {
            self = .whole
            return
        }
        let ends = header[header.index(after: equals)...].split(separator: "-", omittingEmptySubsequences: false)
        guard ends.count == 2, let first = Self.number(ends[0]), let last = Self.number(ends[1]) else {
            self = .whole
            return
        }
        switch (first, last) {
        case (nil, nil): self = .whole
        case (nil, let count?): self = count > 0 && byteCount > 0 ? .part(max(0, byteCount - count)..<byteCount) : .unsatisfiable
        case (let start?, let end): self = Self.between(start, end, byteCount)
        }
    }

    private static func between(_ start: Int, _ end: Int?, _ byteCount: Int) -> ByteRange {
        if let end, end < start { return .whole }
        guard start < byteCount else { return .unsatisfiable }
        return .part(start..<min(end.map { $0 == .max ? .max : $0 + 1 } ?? byteCount, byteCount))
    }

    /// Nil for what is no number; `.some(nil)` for nothing.
    private static func number(_ text: Substring) -> Int?? {
        if text.isEmpty { return .some(nil) }
        guard text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else { return nil }
        return .some(Int(text) ?? .max)
    }
}
