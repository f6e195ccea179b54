import StrictJSON
import TestSupport
import Testing

@testable import GatewayAPI

struct JSONReaderTests {
    private func read(_ text: String) throws(JSONReadingError) -> JSONValue {
        try JSONReader.read(Array(text.utf8))
    }

    private func text(_ json: String) -> String? {
        (try? read(json))?.string
    }

    @Test(
        "Values are read as what they are",
        arguments: [
            ("null", JSONValue.null), (" true\n", .boolean(true)), ("\tfalse\r", .boolean(false)),
            ("0", .number(.integer(0))), ("-0", .number(.integer(0))), ("42", .number(.integer(42))),
            ("9223372036854775807", .number(.integer(.max))), ("9223372036854775808", .number(.real(0x1p63))),
            ("-1.5", .number(.real(-1.5))), ("1e3", .number(.real(1000))), ("2E-2", .number(.real(0.02))),
            ("1e400", .number(.real(.infinity))), ("[]", .array([])), ("{}", .object(JSONObject())),
            ("[1,[null]]", .array([.number(.integer(1)), .array([.null])])), (#""""#, .string("")),
            ("\u{FEFF}[]", .array([])),
        ])
    func values(json: String, expected: JSONValue) throws {
        #expect(try read(json) == expected)
    }

    @Test(
        "Bytes that are no JSON text are refused, with the place",
        arguments: [
            ("", "Unexpected end of JSON input"), ("   ", "Unexpected end of JSON input"),
            ("{", "Unexpected end of JSON input"), ("[1,", "Unexpected end of JSON input"),
            ("\"abc", "Unexpected end of JSON input"), (#""\u12"#, "Unexpected end of JSON input"),
            ("{,}", "Unexpected token , in JSON at position 1"),
            ("{\"a\" 1}", "Unexpected token 1 in JSON at position 5"),
            ("[1,]", "Unexpected token ] in JSON at position 3"),
            ("{\"a\":1,}", "Unexpected token } in JSON at position 7"),
            ("[1 2]", "Unexpected token 2 in JSON at position 3"), ("01", "Unexpected token 1 in JSON at position 1"),
            ("+1", "Unexpected token + in JSON at position 0"), (".5", "Unexpected token . in JSON at position 0"),
            ("1.", "Unexpected end of JSON input"), ("1.e1", "Unexpected token e in JSON at position 2"),
            ("1e", "Unexpected end of JSON input"), ("-", "Unexpected end of JSON input"),
            ("-a", "Unexpected token a in JSON at position 1"), ("nul", "Unexpected end of JSON input"),
            ("nulL", "Unexpected token L in JSON at position 3"), ("'a'", "Unexpected token ' in JSON at position 0"),
            ("\"a\nb\"", "Unexpected byte 0x0A in JSON at position 2"),
            (#""\x""#, "Unexpected token x in JSON at position 2"),
            (#""\u00zz""#, "Unexpected token z in JSON at position 5"),
            ("[]x", "Unexpected token x in JSON at position 2"),
            ("{} {}", "Unexpected token { in JSON at position 3"), ("é", "Unexpected byte 0xC3 in JSON at position 0"),
            ("NaN", "Unexpected token N in JSON at position 0"), ("/**/1", "Unexpected token / in JSON at position 0"),
            (#""\u0000""#, "JSON strings must not contain NUL characters"),
        ])
    func refused(json: String, message: String) {
        let error = #expect(throws: JSONReadingError.self) { try read(json) }
        #expect(error?.description == message)
    }

    @Test("Escapes become the characters they stand for")
    func escapes() {
        #expect(text(#""\"\\\/\b\f\n\r\t""#) == "\"\\/\u{8}\u{C}\n\r\t")
        #expect(text(#""a\u00e9\u20AC\ud83d\ude00z""#) == "aé€😀z")
        #expect(text("\"grün 😀\"") == "grün 😀")
    }

    @Test(
        "An escaped surrogate on its own becomes the replacement character",
        arguments: [
            (#""\ud83d""#, "\u{FFFD}"), (#""\ude00x""#, "\u{FFFD}x"), (#""\ud83dA""#, "\u{FFFD}A"),
            (#""\ud83d\u0041""#, "\u{FFFD}A"), (#""\ud83d\ud83d\ude00""#, "\u{FFFD}😀"), (#""\ud83d\n""#, "\u{FFFD}\n"),
        ])
    func loneSurrogates(json: String, expected: String) {
        #expect(text(json) == expected)
    }

    @Test(
        "Strings that are not UTF-8 are refused",
        arguments: [
            [0x22, 0xFF, 0x22], [0x22, 0xC3, 0x22], [0x22, 0xC0, 0x80, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22],
            [0x22, 0xF4, 0x90, 0x80, 0x80, 0x22], [0x22, 0x5C, 0x6E, 0x80, 0x22],
        ] as [[UInt8]])
    func invalidUTF8(bytes: [UInt8]) {
        #expect(throws: JSONReadingError.invalidUTF8) { try JSONReader.read(bytes) }
    }

    @Test("An object keeps the order of its names, and the last value of a repeated one")
    func order() throws {
        let json = #"{"z":1,"a":2,"z":3,"m":4}"#
        #expect(try read(json) == read(#"{"z":3,"a":2,"m":4}"#))
        let names = (0..<40).map { "\"n\($0)\":\($0)" }
        let many = try read("{" + (names + ["\"n3\":\"last\""]).joined(separator: ",") + "}")
        guard case .object(let object) = many else {
            Issue.record("an object was expected")
            return
        }
        #expect(object.members.map(\.name) == (0..<40).map { "n\($0)" })
        #expect(object["n3"] == .string("last"))
    }

    @Test("Nesting is read up to its limit and refused beyond it")
    func depth() throws {
        let limit = JSONReader.Limits().depth
        let fits = String(repeating: "[", count: limit) + String(repeating: "]", count: limit)
        #expect((try? read(fits)) != nil)
        #expect(throws: JSONReadingError.tooDeep(limit: limit)) { try read("[" + fits + "]") }
        let endless = [UInt8](repeating: UInt8(ascii: "["), count: 1_000_000)
        #expect(throws: JSONReadingError.tooDeep(limit: limit)) { try JSONReader.read(endless) }
        let objects = [UInt8](String(repeating: "{\"a\":", count: 200_000).utf8)
        #expect(throws: JSONReadingError.tooDeep(limit: limit)) { try JSONReader.read(objects) }
    }

    @Test("Values are counted, and a number's length is limited")
    func counts() throws {
        let limit = JSONReader.Limits().values
        let many = "[" + String(repeating: "1,", count: limit) + "1]"
        #expect(throws: JSONReadingError.tooManyValues(limit: limit)) { try read(many) }
        #expect(throws: JSONReadingError.numberTooLong(limit: 512)) { try read(String(repeating: "9", count: 513)) }
        let big = try read("1" + String(repeating: "0", count: 300))
        #expect(big == .number(.real(1e300)))
    }

    @Test("Whatever is written is read back the same")
    func roundTrips() throws {
        try withSeed { random in
            for _ in 0..<1000 {
                let value = JSONFuzz.value(depth: 0, using: &random)
                let reread = try JSONReader.read(JSONWriter.bytes(of: value))
                #expect(reread == value)
            }
        }
    }
}
