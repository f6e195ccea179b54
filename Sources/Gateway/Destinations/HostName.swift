/// A DNS name in its one vetted form: lower case, ASCII, no trailing dot. International labels are in punycode.
struct HostName: Hashable, Sendable, CustomStringConvertible {
    let description: String

    /// Understands what was written as the host of a URL; nil for whatever DNS would not take or people would misread.
    init?(_ written: Substring) {
        var written = written
        if written.hasSuffix(".") { written.removeLast() }
        guard !written.isEmpty, written.utf8.count <= 1000 else { return nil }
        var labels: [String] = []
        for part in written.split(separator: ".", omittingEmptySubsequences: false) {
            guard let label = Self.label(part) else { return nil }
            labels.append(label)
        }
        description = labels.joined(separator: ".")
        guard description.utf8.count <= 253 else { return nil }
    }

    private static func label(_ written: Substring) -> String? {
        let label: String
        if written.utf8.allSatisfy({ $0 < 0x80 }) {
            label = written.lowercased()
        } else {
            guard let scalars = international(written), let code = Punycode.encode(scalars) else { return nil }
            label = "xn--" + code
        }
        let isPlain = label.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"),
                UInt8(ascii: "_"):
                true
            default: false
            }
        }
        guard isPlain, (1...63).contains(label.utf8.count), !label.hasPrefix("-"), !label.hasSuffix("-") else {
            return nil
        }
        return label
    }

    /// Letters, marks and digits that mean themselves. What compatibility mapping would turn into something else is
    /// refused: full-width digits and dots, ligatures and circled letters are disguises of other names.
    private static func international(_ written: Substring) -> [Unicode.Scalar]? {
        var scalars: [Unicode.Scalar] = []
        for scalar in written.unicodeScalars {
            for lowered in scalar.properties.lowercaseMapping.unicodeScalars {
                switch lowered.properties.generalCategory {
                case .lowercaseLetter, .otherLetter, .modifierLetter, .nonspacingMark, .spacingMark, .decimalNumber,
                    .dashPunctuation:
                    break
                default: return nil
                }
                guard !lowered.properties.changesWhenNFKCCaseFolded else { return nil }
                scalars.append(lowered)
            }
        }
        return scalars
    }
}

/// RFC 3492, encoding only.
enum Punycode {
    static func encode(_ scalars: [Unicode.Scalar]) -> String? {
        guard scalars.count <= 63 else { return nil }
        var output = scalars.filter(\.isASCII).map { Character($0) }
        let basicCount = output.count
        var handled = basicCount
        if basicCount > 0 { output.append("-") }
        var code: UInt32 = 128
        var delta: UInt32 = 0
        var bias: UInt32 = 72
        while handled < scalars.count {
            guard let next = scalars.lazy.map(\.value).filter({ $0 >= code }).min() else { return nil }
            let (step, overflow) = (next - code).multipliedReportingOverflow(by: UInt32(handled + 1))
            guard !overflow, step <= UInt32(Int32.max) - delta else { return nil }
            delta += step
            code = next
            for scalar in scalars {
                if scalar.value < code { delta += 1 }
                guard scalar.value == code else { continue }
                append(delta, bias: bias, to: &output)
                bias = adapt(delta, count: UInt32(handled + 1), isFirst: handled == basicCount)
                delta = 0
                handled += 1
            }
            delta += 1
            code += 1
        }
        return String(output)
    }

    private static func append(_ delta: UInt32, bias: UInt32, to output: inout [Character]) {
        var rest = delta
        var base: UInt32 = 36
        while true {
            let threshold = base <= bias ? 1 : min(26, base - bias)
            if rest < threshold { break }
            output.append(digit(threshold + (rest - threshold) % (36 - threshold)))
            rest = (rest - threshold) / (36 - threshold)
            base += 36
        }
        output.append(digit(rest))
    }

    private static func adapt(_ delta: UInt32, count: UInt32, isFirst: Bool) -> UInt32 {
        var delta = isFirst ? delta / 700 : delta / 2
        delta += delta / count
        var steps: UInt32 = 0
        while delta > 455 {
            delta /= 35
            steps += 36
        }
        return steps + 36 * delta / (delta + 38)
    }

    private static func digit(_ value: UInt32) -> Character {
        Character(Unicode.Scalar(UInt8(value < 26 ? 97 + value : 22 + value)))
    }
}
