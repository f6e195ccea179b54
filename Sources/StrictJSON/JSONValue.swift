/// One JSON value as it came in, with the order of an object's keys kept.
///
/// The order matters: errors about unknown properties are listed in the order in which the caller wrote them.
package enum JSONValue: Sendable, Equatable {
    case null
    case boolean(Bool)
    case number(JSONNumber)
    case string(String)
    case array([JSONValue])
    case object(JSONObject)

    /// True for JSON `null`.
    package var isNull: Bool { if case .null = self { true } else { false } }

    /// The text of a string, nil for every other kind.
    package var string: String? {
        guard case .string(let text) = self else { return nil }
        return text
    }
}

/// A JSON number: whole numbers that fit are kept exactly, all others as the nearest double (perhaps infinite).
package enum JSONNumber: Sendable, Equatable {
    case integer(Int64)
    case real(Double)

    /// The value as a double, rounded where a whole number has more than 53 bits.
    package var double: Double {
        switch self {
        case .integer(let value): Double(value)
        case .real(let value): value
        }
    }

    /// The value when it is whole and fits 64 bits; `5.0` and `5e0` are whole, as they are in JavaScript.
    package var integer: Int64? {
        switch self {
        case .integer(let value): value
        case .real(let value): Int64(exactly: value)
        }
    }
}

/// The members of a JSON object, in the order written, each name once.
package struct JSONObject: Sendable, Equatable {
    package struct Member: Sendable, Equatable {
        package let name: String
        package var value: JSONValue

        package init(name: String, value: JSONValue) {
            self.name = name
            self.value = value
        }
    }

    package private(set) var members: [Member]

    /// An object from members whose names may repeat: the last value wins at the first one's place, as in JavaScript.
    package init(_ members: [Member] = []) {
        self.members = Self.hasRepeatedName(members) ? Self.lastOfEachName(members) : members
    }

    package subscript(name: String) -> JSONValue? {
        for member in members where member.name.isExactly(name) { return member.value }
        return nil
    }

    /// Few members are compared pairwise, many by hash, so that neither case costs more than it must.
    private static func hasRepeatedName(_ members: [Member]) -> Bool {
        if members.count <= 12 {
            for index in members.indices.dropFirst() {
                for earlier in 0..<index where members[earlier].name.isExactly(members[index].name) { return true }
            }
            return false
        }
        var seen = Set<ExactText>(minimumCapacity: members.count)
        for member in members where !seen.insert(ExactText(member.name)).inserted { return true }
        return false
    }

    private static func lastOfEachName(_ members: [Member]) -> [Member] {
        var kept: [Member] = []
        var places: [ExactText: Int] = [:]
        for member in members {
            if let place = places[ExactText(member.name)] {
                kept[place].value = member.value
            } else {
                places[ExactText(member.name)] = kept.count
                kept.append(member)
            }
        }
        return kept
    }
}
