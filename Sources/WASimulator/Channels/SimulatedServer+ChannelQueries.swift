import FoundationEssentials
import WABinary

/// What clients ask of channels by GraphQL. Section 8.5 of the protocol reference.
enum ChannelQuery {
    case metadata, subscribed, create, update, follow, unfollow, mute, unmute, delete
    /// Who follows it, under two names.
    case subscribers, followers
    /// Channels to look at, for who knows none.
    case recommended, directory
    case adminCount, changeOwner
    /// Takes somebody's part in the channel away, under two names.
    case demote, demoteAdmin
}

extension SimulatedServer {
    func answer(_ query: ChannelQuery, _ variables: MexQuestion.Variables, by account: Account) -> MexAnswer {
        let number = account.number
        switch query {
        case .subscribed:
            let mine = channels.values.filter { $0.role(of: number) != "GUEST" }.sorted { $0.id < $1.id }
            return .data("xwa2_newsletter_subscribed", mine.map { ChannelMetadata($0, for: number) })
        case .recommended:
            let others = listed(variables, for: account) { $0.role(of: number) == "GUEST" }
            return .data("xwa2_newsletters_recommended", others)
        case .directory:
            return .data("xwa2_newsletters_directory_list", listed(variables, for: account) { _ in true })
        case .create:
            let wish = variables.input ?? variables.newsletterInput
            guard let name = wish?.name, !name.isEmpty else { return .badRequest }
            let made = makeChannel(name, description: wish?.description, owner: number)
            setPicture(wish?.picture, of: made)
            return .data("xwa2_newsletter_create", ChannelMetadata(made, for: number))
        default: break
        }
        let key = variables.newsletterID ?? variables.input?.key ?? variables.input?.newsletterID
        guard let channel = channel(named: key) else { return .notFound }
        return answer(query, about: channel, variables, by: account)
    }

    private func answer(
        _ query: ChannelQuery, about channel: Channel, _ variables: MexQuestion.Variables, by account: Account
    ) -> MexAnswer {
        let number = account.number
        let isOwner = channel.owner == number
        let isAdmin = isOwner || channel.admins.contains(number)
        var shown: ChannelMetadata { ChannelMetadata(channel, for: number) }
        switch query {
        case .metadata: return .data("xwa2_newsletter", shown)
        case .follow:
            setFollowing(true, channel, by: account)
            return .data("xwa2_newsletter_join_v2", shown)
        case .unfollow:
            guard !isOwner else { return .forbidden }
            setFollowing(false, channel, by: account)
            return .data("xwa2_newsletter_leave_v2", shown)
        case .mute:
            setMuted(true, channel, by: account)
            return .data("xwa2_newsletter_mute_v2", shown)
        case .unmute:
            setMuted(false, channel, by: account)
            return .data("xwa2_newsletter_unmute_v2", shown)
        case .update:
            guard isAdmin else { return .forbidden }
            if let name = variables.updates?.name { channel.name = name }
            if let description = variables.updates?.description { channel.description = description }
            setPicture(variables.updates?.picture, of: channel)
            return .data("xwa2_newsletter_update", shown)
        case .subscribers, .followers:
            guard isAdmin else { return .forbidden }
            let edges = followers(of: channel, limit: variables.input?.count)
            let name = query == .followers ? "followers" : "subscribers"
            return .data("xwa2_newsletter_\(name)", [name: ["edges": edges]])
        case .adminCount:
            return .data("xwa2_newsletter_admin", AdminCount(id: shown.id, count: 1 + channel.admins.count))
        case .changeOwner:
            guard isOwner else { return .forbidden }
            guard let other = person(variables.userID), other !== account else { return .notFound }
            channel.admins.remove(other.number)
            channel.admins.insert(number)
            channel.followers.remove(other.number)
            channel.owner = other.number
            return .data("xwa2_newsletter_change_owner", ["id": shown.id])
        case .demote, .demoteAdmin:
            guard isOwner else { return .forbidden }
            guard let other = person(variables.userID), channel.admins.remove(other.number) != nil else {
                return .notFound
            }
            channel.followers.insert(other.number)
            return .data(query == .demote ? "xwa2_newsletter_demote" : "xwa2_newsletter_admin_demote", ["id": shown.id])
        case .delete:
            guard isOwner else { return .forbidden }
            channels[channel.id] = nil
            return .data("xwa2_newsletter_delete_v2", ChannelMetadata(channel, for: number, state: "DELETED"))
        case .subscribed, .recommended, .directory, .create: return .badRequest
        }
    }

    private struct AdminCount: Encodable {
        let id: String
        let count: Int

        private enum CodingKeys: String, CodingKey {
            case id
            case count = "admin_count"
        }
    }

    private struct Page: Encodable {
        struct Info: Encodable {
            let hasNextPage = false
            let hasPreviousPage = false
        }

        let result: [ChannelMetadata]
        let info = Info()

        private enum CodingKeys: String, CodingKey {
            case result
            case info = "page_info"
        }
    }

    private static let pageLimit = 100

    private func limit(_ wanted: Int?) -> Int { min(max(wanted ?? Self.pageLimit, 0), Self.pageLimit) }

    private func listed(
        _ variables: MexQuestion.Variables, for account: Account, _ isShown: (Channel) -> Bool
    ) -> Page {
        let found = channels.values.filter(isShown).sorted { ($1.followers.count, $0.id) < ($0.followers.count, $1.id) }
        return Page(
            result: found.prefix(limit(variables.input?.limit)).map { ChannelMetadata($0, for: account.number) })
    }

    private func followers(of channel: Channel, limit wanted: Int?) -> [ChannelFollower] {
        channel.followers.sorted().prefix(limit(wanted)).compactMap { accounts[$0] }.map { account in
            ChannelFollower(
                node: .init(
                    id: account.jid(.lid).description, pn: account.jid(.phoneNumber).description,
                    displayName: account.name),
                role: channel.role(of: account.number))
        }
    }

    private func person(_ address: String?) -> Account? {
        address.flatMap { JID($0) }.flatMap { account(at: $0) }
    }

    /// - Parameter base64: nil leaves it as it is, empty takes it away.
    private func setPicture(_ base64: String?, of channel: Channel) {
        guard let base64 else { return }
        let bytes = Data(base64Encoded: base64).map { [UInt8]($0) } ?? []
        channel.picture = bytes.isEmpty || bytes.count > Self.pictureByteLimit ? nil : stored(bytes)
    }

    // MARK: - Following

    func setFollowing(_ isFollowing: Bool, _ channel: Channel, by account: Account) {
        let number = account.number
        if isFollowing {
            guard channel.role(of: number) == "GUEST" else { return }
            channel.followers.insert(number)
            tellByMex(
                "NotificationNewsletterJoin",
                .data("xwa2_notify_newsletter_on_join", ChannelMetadata(channel, for: number)), to: account)
        } else {
            guard channel.followers.remove(number) != nil || channel.admins.remove(number) != nil else { return }
            tellByMex(
                "NotificationNewsletterLeave",
                .data("xwa2_notify_newsletter_on_leave", ["id": channel.jid.description, "role": "GUEST"]),
                to: account)
        }
    }

    private func setMuted(_ isMuted: Bool, _ channel: Channel, by account: Account) {
        if isMuted { channel.mutedBy.insert(account.number) } else { channel.mutedBy.remove(account.number) }
        tellByMex(
            "NotificationNewsletterUserSettingChange",
            .data(
                "xwa2_notify_newsletter_on_mute_change",
                ["id": channel.jid.description, "mute": isMuted ? "ON" : "OFF"]), to: account)
    }

    /// By its address, or by the code of its invite link.
    func channel(named key: String?) -> Channel? {
        guard let key else { return nil }
        if let jid = JID(key), jid.isNewsletter { return channels[jid.user] }
        return channels.values.first { $0.inviteCode == key }
    }
}
