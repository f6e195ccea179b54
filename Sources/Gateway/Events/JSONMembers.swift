import StrictJSON

/// Builds an object member by member, leaving out what is not known.
struct JSONMembers {
    private(set) var members: [JSONObject.Member] = []

    mutating func add(_ name: String, _ value: JSONValue?) {
        if let value { members.append(JSONObject.Member(name: name, value: value)) }
    }

    mutating func add(_ name: String, _ text: String?) { add(name, text.map(JSONValue.string)) }
    mutating func add(_ name: String, _ number: Int64?) { add(name, number.map { .number(.integer($0)) }) }
    mutating func add(_ name: String, _ flag: Bool?) { add(name, flag.map(JSONValue.boolean)) }
    mutating func add(_ name: String, _ texts: [String]) { add(name, .array(texts.map(JSONValue.string))) }

    /// An object of its own; left out when nothing is in it.
    mutating func add(_ name: String, _ build: (inout JSONMembers) -> Void) {
        let object = JSONObject(building: build)
        if !object.members.isEmpty { add(name, .object(object)) }
    }
}

extension JSONObject {
    init(building build: (inout JSONMembers) -> Void) {
        var members = JSONMembers()
        build(&members)
        self.init(members.members)
    }
}
