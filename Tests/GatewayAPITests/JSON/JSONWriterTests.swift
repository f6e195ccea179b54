import StrictJSON
import Testing

@testable import GatewayAPI

struct JSONWriterTests {
    private func written(_ body: (inout JSONWriter) -> Void) -> String {
        var json = JSONWriter()
        body(&json)
        return String(decoding: json.bytes, as: UTF8.self)
    }

    @Test("Members come in the order of the calls, with commas between")
    func members() {
        let text = written { json in
            json.object { json in
                json.member("id", "a")
                json.member("none", nil)
                json.member("count", Int64.min)
                json.member("flag", true)
                json.member("inner") { json in json.member("x", 0 as Int64) }
                json.member("list", array: ["p", "q"])
                json.member("empty") { _ in }
                json.member("raw", raw: "[1]")
            }
        }
        #expect(
            text == #"{"id":"a","none":null,"count":-9223372036854775808,"flag":true,"inner":{"x":0},"#
                + #""list":["p","q"],"empty":{},"raw":[1]}"#)
    }

    @Test("Strings are escaped where JSON demands it, and only there")
    func strings() {
        #expect(
            written { $0.string("a\"\\\n\r\t\u{1}\u{1F}/é😀\u{7F}") } == "\"a\\\"\\\\\\n\\r\\t\\u0001\\u001f/é😀\u{7F}\"")
    }
}

struct ISO8601TextTests {
    @Test(
        "Times are written with milliseconds, in UTC",
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"), (1_782_379_200_000, "2026-06-25T09:20:00.000Z"),
            (951_782_399_999, "2000-02-28T23:59:59.999Z"), (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (-1, "1969-12-31T23:59:59.999Z"), (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
            (.max, "9999-12-31T23:59:59.999Z"), (.min, "0000-01-01T00:00:00.000Z"),
        ] as [(Int64, String)])
    func writing(milliseconds: Int64, text: String) {
        #expect(ISO8601Text.of(milliseconds: milliseconds) == text)
    }

    @Test(
        "Times are read in the usual forms",
        arguments: [
            ("2026-06-25", 1_782_345_600_000), ("2026-06-25T09:20:00.000Z", 1_782_379_200_000),
            ("2026-06-25T09:20Z", 1_782_379_200_000), ("2026-06-25T11:20:00+02:00", 1_782_379_200_000),
            ("2026-06-25 09:20:00", 1_782_379_200_000), ("2026-06-25T04:20:00.5-0500", 1_782_379_200_500),
            ("2024-02-29T00:00:00.12Z", 1_709_164_800_120), ("1969-12-31T23:59:59.999Z", -1),
        ] as [(String, Int64)])
    func reading(text: String, milliseconds: Int64) {
        #expect(ISO8601Text.milliseconds(parsing: text) == milliseconds)
    }

    @Test(
        "Days, times and forms that do not exist are refused",
        arguments: [
            "", "2026", "2026-13-01", "2026-02-30", "2023-02-29", "2026-06-25T", "2026-06-25T24:00Z",
            "2026-06-25T09:60Z",
            "2026-06-25T09:20:00.Z", "2026-06-25T09:20:00Zx", "2026-06-25T09:20:00+2", "26-06-25", "2026-6-25",
            "tomorrow",
            "2026-06-25T09:20:00+02:00x", "２０２６-06-25",
        ])
    func refusing(text: String) {
        #expect(ISO8601Text.milliseconds(parsing: text) == nil)
    }
}
