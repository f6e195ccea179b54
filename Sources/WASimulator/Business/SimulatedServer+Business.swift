import FoundationEssentials
import WABinary
import WACrypto
import WAProto

/// Accounts of businesses: how others see them, and how they change what they say of themselves. Reference 5.20.
///
/// ```
/// get    <business_profile v="244"><profile jid/></…>            what it says; no <profile> in the answer for people
/// set    <business_profile v="3" mutation_type="delta"><address/>…</…>          what is named is changed
/// usync  <business><verified_name …>certificate</verified_name></business>      nothing for people
/// <message …>…<verified_name …>certificate</verified_name></message>
/// ```
extension SimulatedServer {
    /// - Parameter business: nil makes it an account of a person again. Contacts' clients hear of it.
    package func setBusiness(_ business: Business?, of number: String) throws(SimulatorError) {
        let account = try account(number)
        if let business {
            guard !business.verifiedName.isEmpty else { throw .wrongFigure("verifiedName") }
            for hours in business.hours {
                let minutes = [hours.openMinute, hours.closeMinute].compactMap { $0 }
                guard hours.mode == .specific ? minutes.count == 2 : minutes.isEmpty,
                    minutes.allSatisfy({ (0...1_440).contains($0) })
                else { throw .wrongFigure("hours") }
            }
        }
        let former = account.business
        account.business = business
        let jid = account.jid(.phoneNumber)
        guard former?.verifiedName == business?.verifiedName else {
            let change = verifiedName(of: account).map { named in
                var named = named
                named.attributes["jid"] = .jid(jid)
                return named
            }
            return tellContacts(
                of: account, notification("business", from: jid, [change ?? Node("remove", ["jid": .jid(jid)])]))
        }
        if former != business { tellOfProfile(account) }
    }

    package func business(of number: String) throws(SimulatorError) -> Business? {
        try account(number).business
    }

    private func tellOfProfile(_ account: Account) {
        let jid = account.jid(.phoneNumber)
        tellContacts(of: account, notification("business", from: jid, [Node("profile", ["jid": .jid(jid)])]))
    }

    // MARK: - The name

    /// `<verified_name v serial verified_level host_storage actual_actors privacy_mode_ts>certificate</verified_name>`;
    /// nil for people. whatsmeow takes it only with all of these attributes.
    func verifiedName(of account: Account) -> Node? {
        guard let business = account.business else { return nil }
        if let made = account.verifiedName { return made }
        var details = WAVerifiedNameCertificate.Details()
        details.serial = UInt64(seeds.number("business/\(account.number)/\(business.verifiedName)/serial"))
        details.issuer = "smb:wa"
        details.verifiedName = business.verifiedName
        details.issueTime = UInt64(clamping: account.createdSeconds)
        let bytes = details.encoded()
        let label = "business/\(account.number)/\(account.generation)/\(business.verifiedName)"
        var certificate = WAVerifiedNameCertificate()
        certificate.details = Data(bytes)
        certificate.signature = Data(account.identity.sign(bytes, randomness: seeds.bytes(label + "/signature", 64)))
        certificate.serverSignature = Data(seeds.bytes(label + "/server signature", 64))
        let node = Node(
            "verified_name",
            [
                "v": "1", "serial": .text(String(details.serial)), "verified_level": "unknown", "host_storage": "1",
                "actual_actors": "1", "privacy_mode_ts": .text(String(account.createdSeconds)),
            ], bytes: certificate.encoded())
        account.verifiedName = node
        return node
    }

    // MARK: - The profile

    func answerBusinessProfile(_ node: Node, on connection: Connection) {
        let asked = node.child("business_profile")?.children("profile").compactMap { $0.jid("jid") } ?? []
        let profiles = asked.compactMap { jid in account(at: jid)?.business.map { profile($0, of: jid) } }
        reply(to: node, [Node("business_profile", ["v": "244"], profiles)], on: connection)
    }

    private func profile(_ business: Business, of jid: JID) -> Node {
        func text(_ tag: String, _ text: String?) -> [Node] {
            text.map { [Node(tag, [:], bytes: Array($0.utf8))] } ?? []
        }
        var children =
            text("description", business.description) + text("address", business.address)
            + text("email", business.email) + business.websites.flatMap { text("website", $0) }
        if !business.categories.isEmpty {
            children.append(
                Node(
                    "categories", [:],
                    business.categories.map { Node("category", ["id": .text($0.id)], bytes: Array($0.name.utf8)) }))
        }
        if !business.hours.isEmpty {
            let days = business.hours.map { hours in
                var config = Node(
                    "business_hours_config",
                    ["day_of_week": .text(hours.day.rawValue), "mode": .text(hours.mode.rawValue)])
                config.attributes["open_time"] = hours.openMinute.map { .text(String($0)) }
                config.attributes["close_time"] = hours.closeMinute.map { .text(String($0)) }
                return config
            }
            children.append(Node("business_hours", ["timezone": .text(business.timezone ?? "Etc/UTC")], days))
        }
        let tag = String(fingerprint(Array("\(business)".utf8)), radix: 16)
        return Node("profile", ["jid": .jid(jid), "tag": .text(tag)], children)
    }

    /// A companion of a business changes what is named; an empty text takes something away.
    func changeBusinessProfile(_ node: Node, from device: Device, on connection: Connection) {
        let account = account(of: device)
        guard var business = account.business, let wish = node.child("business_profile") else {
            return replyError(to: node, code: 403, text: "forbidden", on: connection)
        }
        func text(_ tag: String, or former: String?) -> String? {
            guard let child = wish.child(tag) else { return former }
            return child.text.flatMap { $0.isEmpty ? nil : $0 }
        }
        business.description = text("description", or: business.description)
        business.address = text("address", or: business.address)
        business.email = text("email", or: business.email)
        if wish.child("website") != nil {
            business.websites = wish.children("website").compactMap(\.text).filter { !$0.isEmpty }
        }
        if let hours = wish.child("business_hours") {
            business.timezone = hours["timezone"]
            business.hours = hours.children("business_hours_config").compactMap { config in
                guard let day = config["day_of_week"].flatMap({ Business.Hours.Day(rawValue: $0) }),
                    let mode = config["mode"].flatMap({ Business.Hours.Mode(rawValue: $0) })
                else { return nil }
                let minutes = mode == .specific
                return Business.Hours(
                    day, mode, openMinute: minutes ? config.integer("open_time").map { Int(clamping: $0) } : nil,
                    closeMinute: minutes ? config.integer("close_time").map { Int(clamping: $0) } : nil)
            }
        }
        reply(to: node, on: connection)
        guard business != account.business else { return }
        account.business = business
        tellOfProfile(account)
    }
}
