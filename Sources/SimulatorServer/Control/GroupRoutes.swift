import Hummingbird
import WASimulator

/// Groups: make, list, change who is in them and what is settled. `actor` names the phone that does it; left out, it is
/// an admin.
struct GroupRoutes {
    let host: SimulatorHost

    /// What can be done to people in a group.
    private enum MemberAction: String, CaseIterable { case add, remove, promote, demote }

    func add(to router: Router<BasicRequestContext>) {
        router.get("groups") { request, _ in
            let member = request.uri.queryParameters["member"].map { PhoneNumber.digits(of: String($0)) }
            return await host.drive { server, _ in
                GroupList(groups: server.groupList(of: member).map { GroupModel($0) })
            }
        }
        router.post("groups") { request, context in
            let wanted = try await request.decode(as: NewGroup.self, context: context)
            let addressing = try wanted.chosenAddressing()
            let made = try await host.drive { server, _ in
                let id = try server.addGroup(
                    wanted.subject, members: wanted.members.map(PhoneNumber.digits),
                    creator: wanted.creator.map(PhoneNumber.digits), id: wanted.id.map(GroupAddress.id),
                    addressing: addressing)
                return GroupModel(try server.group(id))
            }
            return EditedResponse(status: .created, response: made)
        }
        router.get("groups/:group") { _, context in
            let id = try context.group()
            return try await host.drive { server, _ in GroupModel(try server.group(id)) }
        }
        for action in MemberAction.allCases {
            router.post("groups/:group/\(action.rawValue)") { request, context in
                let id = try context.group()
                let wanted = try await request.decode(as: MembersRequest.self, context: context)
                return try await change(action, id, wanted)
            }
        }
        for (word, isApproved) in [("approve", true), ("reject", false)] {
            router.post("groups/:group/\(word)") { request, context in
                let id = try context.group()
                let wanted = try await request.decode(as: MembersRequest.self, context: context)
                return try await host.drive { server, _ in
                    let results = try server.decideRequests(
                        approving: isApproved, of: wanted.members.map(PhoneNumber.digits), in: id,
                        by: wanted.actor.map(PhoneNumber.digits))
                    return MemberResults(results, GroupModel(try server.group(id)))
                }
            }
        }
        router.post("groups/:group/accept") { request, context in
            let id = try context.group()
            let actor = PhoneNumber.digits(of: try await request.decode(as: LeaveRequest.self, context: context).actor)
            return try await show(id) { try $0.acceptInvitation(to: id, by: actor) }
        }
        router.post("groups/:group/withdraw") { request, context in
            let id = try context.group()
            let actor = PhoneNumber.digits(of: try await request.decode(as: LeaveRequest.self, context: context).actor)
            return try await show(id) { try $0.withdrawRequest(to: id, by: actor) }
        }
        router.delete("groups/:group") { _, context in
            let id = try context.group()
            try await host.drive { server, _ in try server.deleteGroup(id) }
            return Response(status: .noContent)
        }
        router.post("groups/:group/leave") { request, context in
            let id = try context.group()
            let member = PhoneNumber.digits(of: try await request.decode(as: LeaveRequest.self, context: context).actor)
            return try await show(id) { try $0.leaveGroup(id, by: member) }
        }
        router.post("groups/join") { request, context in
            let wanted = try await request.decode(as: JoinRequest.self, context: context)
            try await host.drive { server, _ in
                try server.joinGroup(byInviteCode: wanted.chosenCode, by: PhoneNumber.digits(of: wanted.actor))
            }
            return Response(status: .noContent)
        }
        router.patch("groups/:group") { request, context in
            let id = try context.group()
            let wanted = try await request.decode(as: GroupChanges.self, context: context)
            let actor = wanted.actor.map(PhoneNumber.digits)
            return try await show(id) { server in
                for setting in wanted.settings { try server.setGroup(setting, of: id, by: actor) }
            }
        }
        router.put("groups/:group/subject") { request, context in
            let id = try context.group()
            let wanted = try await request.decode(as: SubjectRequest.self, context: context)
            let actor = wanted.actor.map(PhoneNumber.digits)
            return try await show(id) { try $0.setGroup(.subject(wanted.subject), of: id, by: actor) }
        }
        router.post("groups/:group/reset-invite") { request, context in
            let id = try context.group()
            return try await show(id) { try $0.resetInviteCode(of: id) }
        }
    }

    private func change(_ action: MemberAction, _ id: String, _ wanted: MembersRequest) async throws -> MemberResults {
        let numbers = wanted.members.map(PhoneNumber.digits)
        let actor = wanted.actor.map(PhoneNumber.digits)
        return try await host.drive { server, _ in
            let results =
                switch action {
                case .add: try server.addMembers(numbers, to: id, by: actor)
                case .remove: try server.removeMembers(numbers, from: id, by: actor)
                case .promote: try server.promote(numbers, in: id, by: actor)
                case .demote: try server.demote(numbers, in: id, by: actor)
                }
            return MemberResults(results, GroupModel(try server.group(id)))
        }
    }

    /// Does something to a group and shows the group.
    private func show(_ id: String, _ body: @Sendable (SimulatedServer) throws -> Void) async throws -> GroupModel {
        try await host.drive { server, _ in
            try body(server)
            return GroupModel(try server.group(id))
        }
    }
}

extension RequestContext {
    /// The id of the path: digits, or a whole `…@g.us`.
    fileprivate func group() throws -> String { GroupAddress.id(of: try parameters.require("group")) }
}

enum GroupAddress {
    static func id(of text: String) -> String { String(text.prefix { $0 != "@" }) }
}
