import WABinary

/// What some members hear of a change in their group: the child of a `w:gp2` notification.
struct GroupNews {
    let child: Node
    /// Accounts, all of whose devices hear it, that of the one who asked for the change included.
    let audience: [String]
    /// Where it is not about the group that was asked about.
    var group: Group?

    func about(_ group: Group) -> GroupNews {
        var news = self
        news.group = self.group ?? group
        return news
    }
}

extension SimulatedServer {
    /// Section 8.3 of the reference. Devices in the simulator see the server's state and need no news.
    func announce(_ news: [GroupNews], of group: Group, by actor: Account) {
        for item in news {
            let group = item.group ?? group
            for number in item.audience {
                for device in accounts[number]?.sortedDevices ?? [] where device.endpoint == nil {
                    var note = notification("w:gp2", from: group.jid, [item.child])
                    note.attributes["participant"] = .jid(actor.jid(group.addressing))
                    note.attributes[group.addressing.alternativeName(of: "participant")] =
                        .jid(actor.jid(group.addressing.other))
                    note.attributes["notify"] = .text(actor.name)
                    note.attributes["addressing_mode"] = .text(group.addressing.wireName)
                    deliver(note, to: device)
                }
            }
        }
    }

    /// To everybody who is in the group now.
    func newsForAll(of group: Group, _ child: Node) -> GroupNews {
        GroupNews(child: child, audience: group.members.map(\.number))
    }
}

extension Addressing {
    /// As in `addressing_mode`.
    var wireName: String { self == .lid ? "lid" : "pn" }

    init?(wireName: String) {
        guard let found = Addressing.allCases.first(where: { $0.wireName == wireName }) else { return nil }
        self = found
    }

    /// The attribute that holds the other name of a person: `participant_pn` beside a LID, `participant_lid` beside a
    /// phone number.
    func alternativeName(of attribute: String) -> String { attribute + (self == .lid ? "_pn" : "_lid") }
}
