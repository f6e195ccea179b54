import WABinary

/// What clients ask of groups by GraphQL; whatsapp-rust looks at communities so.
enum GroupQuery {
    case subgroups, participantCounts
    /// `{"group_id", "update": {"member_link_mode": "ADMIN_LINK|ALL_MEMBER_LINK"}}`
    case updateProperty
}

extension SimulatedServer {
    /// `{"xwa2_group_query_by_id": {id, default_sub_group, sub_groups: {edges: [{node}]}}}`
    func answer(_ query: GroupQuery, _ variables: MexQuestion.Variables, by account: Account) -> MexAnswer {
        let key = variables.groupID ?? variables.input?.groupJID
        guard let group = key.flatMap({ JID($0) }).flatMap({ groups[$0.user] }) else { return .notFound }
        guard group.contains(account.number) else { return .forbidden }
        guard query != .updateProperty else { return update(group, by: variables.update, account) }
        guard group.kind == .parent else { return .badRequest }
        let all = subgroups(of: group).map { SubgroupMetadata($0) }
        let others = all.filter { !$0.isDefault }
        return .data(
            "xwa2_group_query_by_id",
            CommunityMetadata(
                id: group.jid.description, announcements: all.first { $0.isDefault },
                subgroups: .init(edges: (query == .subgroups ? others : all).map { .init(node: $0) })))
    }

    private func update(_ group: Group, by update: MexQuestion.Update?, _ actor: Account) -> MexAnswer {
        guard let mode = update?.memberLinkMode, ["ADMIN_LINK", "ALL_MEMBER_LINK"].contains(mode) else {
            return .badRequest
        }
        do {
            let news = try settle(.onlyAdminsLink(mode == "ADMIN_LINK"), of: group, by: actor)
            announce(news, of: group, by: actor)
        } catch {
            return .failure(code: error.rawValue, error.text)
        }
        return .data("xwa2_group_update_property", ["id": group.jid.description, "state": "ACTIVE"])
    }
}

/// A community in the JSON of `w:mex`.
private struct CommunityMetadata: Encodable {
    struct List: Encodable {
        struct Edge: Encodable {
            let node: SubgroupMetadata
        }

        let edges: [Edge]
    }

    let id: String
    let announcements: SubgroupMetadata?
    let subgroups: List

    private enum CodingKeys: String, CodingKey {
        case id
        case announcements = "default_sub_group"
        case subgroups = "sub_groups"
    }
}

private struct SubgroupMetadata: Encodable {
    struct Subject: Encodable {
        let value: String
        let seconds: Int64

        private enum CodingKeys: String, CodingKey {
            case value
            case seconds = "creation_time"
        }
    }

    struct Properties: Encodable {
        let isGeneralChat: Bool
        let needsApproval: Bool

        private enum CodingKeys: String, CodingKey {
            case isGeneralChat = "general_chat"
            case needsApproval = "membership_approval_mode_enabled"
        }
    }

    let id: String
    let subject: Subject
    let properties: Properties
    let participantCount: Int
    let isDefault: Bool

    private enum CodingKeys: String, CodingKey {
        case id, subject, properties
        case participantCount = "total_participants_count"
    }

    init(_ group: Group) {
        id = group.jid.description
        subject = Subject(value: group.subject.text, seconds: group.subject.setSeconds)
        properties = Properties(isGeneralChat: group.kind == .generalChat, needsApproval: group.needsApproval)
        participantCount = group.members.count
        isDefault = group.kind == .announcements
    }
}
