/// `limit` and `offset` of plain lists, read leniently: junk is the default, and out of range is clamped.
struct PageRange: Equatable {
    /// Further back nobody pages; so sums with an offset stay small.
    static let maximumOffset = 1_000_000_000

    let limit: Int
    let offset: Int

    init(reading query: QueryParameters, maximum: Int = 1000) {
        limit = min(max(query.integer("limit") ?? maximum, 1), maximum)
        offset = Self.offset(in: query)
    }

    static func offset(in query: QueryParameters) -> Int { min(max(query.integer("offset") ?? 0, 0), maximumOffset) }

    func part<Element>(of list: [Element]) -> ArraySlice<Element> {
        list.dropFirst(offset).prefix(limit)
    }
}
