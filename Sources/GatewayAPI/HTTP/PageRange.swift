/// `limit` and `offset` of plain lists, read leniently: junk is the default, and out of range is clamped.
struct PageRange: Equatable {
    let limit: Int
    let offset: Int

    init(reading query: QueryParameters, maximum: Int = 1000) {
        limit = min(max(query.integer("limit") ?? maximum, 1), maximum)
        offset = max(query.integer("offset") ?? 0, 0)
    }

    func part<Element>(of list: [Element]) -> ArraySlice<Element> {
        list.dropFirst(offset).prefix(limit)
    }
}
