/// A window of time and how many requests it lets pass (contract 1.6).
package struct RequestWindow: Sendable, Equatable {
    /// As in the headers: `short`, `medium` or `long`.
    package let name: String
    package var milliseconds: Int64
    package var limit: Int

    package init(name: String, milliseconds: Int64, limit: Int) {
        self.name = name
        self.milliseconds = milliseconds
        self.limit = limit
    }

    /// OpenWA's three, in the order in which they are judged.
    package static let defaults = [
        RequestWindow(name: "short", milliseconds: 1_000, limit: 10),
        RequestWindow(name: "medium", milliseconds: 60_000, limit: 100),
        RequestWindow(name: "long", milliseconds: 3_600_000, limit: 1_000),
    ]
}
