import StrictJSON
@testable import GatewayAPI

/// Random JSON values, and random damage to their bytes.
enum JSONFuzz {
    static func value(depth: Int, using generator: inout some RandomNumberGenerator) -> JSONValue {
        switch Int.random(in: 0..<(depth > 4 ? 5 : 7), using: &generator) {
        case 0: .null
        case 1: .boolean(Bool.random(using: &generator))
        case 2: .number(.integer(Int64.random(in: .min ... .max, using: &generator)))
        case 3: .number(.real(Double.random(in: -1e9...1e9, using: &generator) + 0.5))
        case 4: .string(text(using: &generator))
        case 5:
            .array(
                (0..<Int.random(in: 0..<5, using: &generator)).map { _ in value(depth: depth + 1, using: &generator) })
        default:
            .object(
                JSONObject(
                    (0..<Int.random(in: 0..<5, using: &generator)).map { index in
                        JSONObject.Member(
                            name: "\(index)" + text(using: &generator),
                            value: value(depth: depth + 1, using: &generator))
                    }))
        }
    }

    static func text(using generator: inout some RandomNumberGenerator) -> String {
        let alphabet: [Unicode.Scalar] = [
            "a", "\"", "\\", "\n", "\u{1}", "é", "€", "😀", "/", "\u{FFFD}", "\u{2028}", "0",
        ]
        var text = ""
        for _ in 0..<Int.random(in: 0..<12, using: &generator) {
            text.unicodeScalars.append(alphabet.randomElement(using: &generator)!)
        }
        return text
    }

    /// One to four random changes: bytes flipped, dropped, doubled, moved, replaced by bytes that mean something.
    static func damaged(_ bytes: [UInt8], using generator: inout some RandomNumberGenerator) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<Int.random(in: 1...4, using: &generator) where !bytes.isEmpty {
            let place = bytes.indices.randomElement(using: &generator)!
            switch Int.random(in: 0..<6, using: &generator) {
            case 0: bytes[place] = UInt8.random(in: .min ... .max, using: &generator)
            case 1: bytes.remove(at: place)
            case 2: bytes.insert(meaningful.randomElement(using: &generator)!, at: place)
            case 3: bytes.removeSubrange(place...)
            case 4:
                let end = Int.random(in: place..<bytes.count, using: &generator)
                bytes.insert(contentsOf: bytes[place...min(end, place + 64)], at: place)
            default: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
            }
        }
        return bytes
    }

    private static let meaningful = Array("{}[]\",:\\u0d8dtfn-+.eE01%&=\u{0}".utf8) + [0x80, 0xC3, 0xED, 0xF4, 0xFF]
}
