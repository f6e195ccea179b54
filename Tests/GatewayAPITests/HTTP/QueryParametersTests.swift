import Gateway
import Testing

@testable import GatewayAPI

struct QueryParametersTests {
    @Test("Values are decoded, blank and broken ones are absent, and the first one counts")
    func reading() {
        let query = QueryParameters("a=1&b=x%40y+z&c=&d=%20&e=%ff&a=2&f&%66g=h")
        #expect(query["a"] == "1")
        #expect(query["b"] == "x@y z")
        #expect(query["c"] == nil && query["d"] == nil && query["e"] == nil && query["f"] == nil)
        #expect(query["fg"] == "h")
        #expect(QueryParameters(nil)["a"] == nil)
    }

    @Test(
        "Paging is lenient: junk is the default and the rest is clamped",
        arguments: [
            ("", 50, 0), ("limit=10&offset=5", 10, 5), ("limit=0", 1, 0), ("limit=-3&offset=-1", 1, 0),
            ("limit=1000", 100, 0), ("limit=ten&offset=x", 50, 0), ("limit=99999999999999999999", 50, 0),
            ("offset=9223372036854775807&limit=-9223372036854775808", 1, PageRange.maximumOffset),
        ])
    func paging(text: String, limit: Int, offset: Int) throws {
        let query = try MessageQuery(session: "s", reading: QueryParameters(text))
        #expect(query.limit == limit)
        #expect(query.offset == offset)
    }

    @Test("Nobody pages so far that sums with an offset run over")
    func farAway() {
        let page = PageRange(reading: QueryParameters("offset=9223372036854775807&limit=9223372036854775807"))
        #expect(page.limit == 1_000 && page.offset == PageRange.maximumOffset)
        #expect(page.part(of: [1, 2, 3]).isEmpty)
    }

    @Test("All filters of stored messages are read")
    func filters() throws {
        let text =
            "chatId=6281234567890%40c.us&from=628111111111&after=row&messageId=true_1@c.us_3EB0&since=1&until=2"
            + "&direction=incoming&type=text&orderBy=timestamp&inlineMedia=false&unknown=ignored"
        let query = try MessageQuery(session: "s", reading: QueryParameters(text))
        #expect(
            query
                == MessageQuery(
                    session: "s", chatID: "6281234567890@c.us", from: "628111111111", after: "row",
                    messageID: "true_1@c.us_3EB0", sinceMilliseconds: 1, untilMilliseconds: 2, direction: .incoming,
                    type: "text", order: .timestamp))
    }

    @Test(
        "A filter that breaks its rule is refused with the contract's text",
        arguments: [
            ("direction=both", "direction must be incoming or outgoing"),
            ("since=yesterday", "since must be Unix epoch milliseconds"),
            ("until=-1", "until must be Unix epoch milliseconds"),
            ("since=5&until=5", "since must be earlier than the exclusive until boundary"),
            ("type=Text", "type must match /^[a-z][a-z0-9_]{0,49}$/ regular expression"),
            ("orderBy=body", "orderBy must be createdAt or timestamp"),
            ("messageId=a%20b", "messageId must be at most 200 characters without white space"),
        ])
    func refusals(text: String, message: String) {
        #expect(throws: APIError.invalidParameter(message)) {
            try MessageQuery(session: "s", reading: QueryParameters(text))
        }
    }
}
