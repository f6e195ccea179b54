import Testing
import WABinary

@Suite("Times that others write")
struct WireTimeTests {
    @Test(
        "What no clock shows becomes the nearer end of the range", arguments: [Int64.min, -1, 0, 1_782_372_000, .max])
    func range(told: Int64) {
        #expect((0...WireTime.lastSecond).contains(WireTime.seconds(told)))
        #expect((0...WireTime.lastMillisecond).contains(WireTime.milliseconds(told)))
        if told == 1_782_372_000 {
            #expect(WireTime.seconds(told) == told && WireTime.milliseconds(told) == told)
        }
    }

    @Test("Numbers without a sign are read as what they are, not as negative ones")
    func unsigned() {
        #expect(WireTime.seconds(UInt64.max) == WireTime.lastSecond)
        #expect(WireTime.milliseconds(UInt64.max) == WireTime.lastMillisecond)
        #expect(WireTime.seconds(UInt32.max) == 4_294_967_295)
    }

    @Test("A few of them may be added and multiplied")
    func room() {
        #expect((WireTime.lastSecond + WireTime.lastSecond) * 1_000_000 > 0)
    }

    @Test(
        "An attribute is a time in range, or none",
        arguments: ["9223372036854775807", "-9223372036854775808", "-1", "0", "1782372000"])
    func attributes(text: String) throws {
        let node = Node("x", ["t": .text(text), "none": "99999999999999999999"])
        #expect((0...WireTime.lastSecond).contains(try #require(node.seconds("t"))))
        #expect((0...WireTime.lastMillisecond).contains(try #require(node.milliseconds("t"))))
        #expect(node.seconds("none") == nil && node.seconds("absent") == nil)
    }
}
