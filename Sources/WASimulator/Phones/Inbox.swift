/// Names a message: ids are unique per sending device only.
struct MessageName: Hashable {
    let sender: DeviceAddress
    let id: String
}

/// The messages one device of the simulator can show, oldest first; found by name or id without searching.
struct Inbox {
    private var kept: [InboxMessage] = []
    /// How many of the oldest are gone, so that a place in the inbox can be named for good.
    private(set) var droppedCount = 0
    private var positions: [MessageName: Int] = [:]

    /// More than a person reads and a test counts; a benchmark that goes on for hours must not fill the memory.
    private static let keptCount = 200_000

    var messages: [InboxMessage] { kept }
    var count: Int { kept.count }

    subscript(name: MessageName) -> InboxMessage? {
        get { positions[name].map { kept[$0 - droppedCount] } }
        set {
            guard let newValue else { return }
            if let position = positions[name] {
                kept[position - droppedCount] = newValue
                return
            }
            positions[name] = droppedCount + kept.count
            kept.append(newValue)
            if kept.count > Self.keptCount + Self.keptCount / 4 { dropOldest(Self.keptCount / 4) }
        }
    }

    /// The latest message with this id, whoever sent it. Looks through all of them.
    func latest(_ id: String) -> InboxMessage? { kept.last { $0.id == id } }

    private mutating func dropOldest(_ count: Int) {
        for message in kept.prefix(count) {
            positions[MessageName(sender: message.sender, id: message.id)] = nil
        }
        kept.removeFirst(count)
        droppedCount += count
    }
}
