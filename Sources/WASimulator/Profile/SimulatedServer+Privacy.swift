import WABinary

/// Who may see what of an account, and what is said of it. Reference 5.20.
///
/// ```
/// get   <privacy/>                                                     every category
///       <privacy><list name value="contact_blacklist" [dhash]/></…>    whom the category leaves out
/// set   <privacy><category name value [dhash]>[<user action="add|remove" jid [pn_jid]/>…]</category></privacy>
/// ```
extension SimulatedServer {
    func answerPrivacy(_ node: Node, from device: Device, on connection: Connection) {
        guard let account = accounts[device.address.number] else { return }
        let asked = node.child("privacy")
        if node["type"] == "get", let list = asked?.child("list") {
            guard let answer = exceptions(list, of: account) else {
                return replyError(to: node, code: 400, text: "bad-request", on: connection)
            }
            return reply(to: node, [Node("privacy", ["addressing_mode": "lid"], [answer])], on: connection)
        }
        let wanted = node["type"] == "set" ? asked?.children("category") ?? [] : []
        var settings: [String: String] = [:]
        for category in wanted {
            guard let name = category["name"], let value = category["value"], Self.isSetting(name, value),
                category.children.isEmpty || Self.categoriesWithExceptions.contains(name)
            else { return replyError(to: node, code: 400, text: "bad-request", on: connection) }
            settings[name] = value
        }
        for category in wanted { changeExceptions(category, of: account) }
        setPrivacy(settings, of: account, except: device)
        let shown = wanted.isEmpty ? account.privacy : settings
        let categories = shown.sorted { $0.key < $1.key }.map { category($0.key, $0.value, of: account) }
        reply(to: node, [Node("privacy", [:], categories)], on: connection)
    }

    // MARK: - Exceptions

    private static let categoriesWithExceptions: Set<String> = ["last", "profile", "status", "groupadd"]

    private func exceptions(_ list: Node, of account: Account) -> Node? {
        guard let name = list["name"], Self.categoriesWithExceptions.contains(name) else { return nil }
        var answer = Node("list", ["name": .text(name), "value": "contact_blacklist"])
        let hash = hash(ofExceptions: name, of: account)
        if list["dhash"] == hash {
            answer.attributes["matched"] = "true"
            return answer
        }
        answer.attributes["dhash"] = .text(hash)
        answer.content = .nodes(
            (account.privacyExceptions[name] ?? []).compactMap { JID($0) }.map { jid in
                var user = Node("user", ["jid": .jid(jid)])
                user.attributes["pn_jid"] = self.account(at: jid).map { .jid($0.jid(.phoneNumber)) }
                return user
            })
        return answer
    }

    private func changeExceptions(_ category: Node, of account: Account) {
        guard let name = category["name"], category["value"] == "contact_blacklist" else { return }
        var people = Set(account.privacyExceptions[name] ?? [])
        for user in category.children("user") {
            guard let jid = user.jid("jid"), jid.isPerson else { continue }
            let hidden = (self.account(at: jid)?.jid(.lid) ?? jid.account).description
            if user["action"] == "remove" { people.remove(hidden) } else { people.insert(hidden) }
        }
        account.privacyExceptions[name] = people.sorted()
    }

    private func hash(ofExceptions name: String, of account: Account) -> String {
        String(fingerprint(Array((account.privacyExceptions[name] ?? []).joined().utf8)), radix: 16)
    }

    private static let privacyValues: Set<String> = [
        "all", "contacts", "contact_blacklist", "contact_allowlist", "none", "match_last_seen", "known", "off",
        "on_standard",
    ]

    static func isSetting(_ name: String, _ value: String) -> Bool {
        Account.defaultPrivacy[name] != nil && privacyValues.contains(value)
    }

    private func category(_ name: String, _ value: String, of account: Account) -> Node {
        var node = Node("category", ["name": .text(name), "value": .text(value)])
        if value == "contact_blacklist" {
            node.attributes["dhash"] = .text(hash(ofExceptions: name, of: account))
        }
        return node
    }

    private func setPrivacy(_ settings: [String: String], of account: Account, except sender: Device?) {
        guard !settings.isEmpty else { return }
        account.privacy.merge(settings) { $1 }
        let categories = settings.sorted { $0.key < $1.key }.map { category($0.key, $0.value, of: account) }
        tellOwnDevices(of: account, except: sender, [Node("privacy", [:], categories)])
    }

    /// Whether somebody may see what a category is about: `all`, or `contacts` for people in the address book;
    /// `contact_blacklist` leaves some of those out.
    func mayAsk(_ asker: Account, about account: Account, _ category: String) -> Bool {
        guard asker !== account else { return true }
        guard !isBlocked(asker, by: account) else { return false }
        return switch account.privacy[category] {
        case "none"?: false
        case "contacts"?, "contact_allowlist"?: account.addressBook.contains(asker.number)
        case "contact_blacklist"?: account.addressBook.contains(asker.number) && !isExcepted(asker, category, account)
        default: true
        }
    }

    func isExcepted(_ asker: Account, _ category: String, _ account: Account) -> Bool {
        account.privacyExceptions[category]?.contains(asker.jid(.lid).description) == true
    }

    // MARK: - About

    /// `<iq xmlns="status" type="set"><status>text</status></iq>`
    func setAbout(_ node: Node, from device: Device, on connection: Connection) {
        guard let account = accounts[device.address.number] else { return }
        reply(to: node, on: connection)
        setAbout(node.child("status")?.text ?? "", of: account, except: device)
    }

    func setAbout(_ text: String, of account: Account, except sender: Device?) {
        account.about = text
        tellOwnDevices(of: account, except: sender, [Node("status")])
        let note = notification(
            "status", from: account.jid(.phoneNumber), [Node("set", [:], bytes: Array(account.about.utf8))])
        tellContacts(of: account, note)
    }

    // MARK: - Messages that disappear

    /// `<iq xmlns="disappearing_mode" type="set"><disappearing_mode duration/></iq>`, the default of new chats.
    func setDisappearing(_ node: Node, from device: Device, on connection: Connection) {
        guard let account = accounts[device.address.number],
            let seconds = node.child("disappearing_mode")?.integer("duration"),
            Self.disappearingValues.contains(seconds)
        else { return replyError(to: node, code: 400, text: "bad-request", on: connection) }
        reply(to: node, on: connection)
        setDisappearing(Int(seconds), of: account, except: device)
    }

    static let disappearingValues: Set<Int64> = [0, 86_400, 604_800, 7_776_000]

    private func setDisappearing(_ seconds: Int, of account: Account, except sender: Device?) {
        account.disappearingSeconds = seconds
        account.disappearingSetSeconds = nowSeconds
        let mode = disappearingMode(of: account)
        tellOwnDevices(of: account, except: sender, [mode])
        tellContacts(of: account, notification("disappearing_mode", from: account.jid(.phoneNumber), [mode]))
    }

    func disappearingMode(of account: Account) -> Node {
        Node(
            "disappearing_mode",
            [
                "duration": .text(String(account.disappearingSeconds)),
                "t": .text(String(account.disappearingSetSeconds)),
            ])
    }

    // MARK: - On the phone

    /// The owner changes what is said of the account; nil leaves things as they are.
    package func changeProfile(
        of number: String, about: String? = nil, privacy: [String: String] = [:], disappearingSeconds: Int? = nil
    ) throws(SimulatorError) {
        let account = try account(number)
        for (name, value) in privacy.sorted(by: { $0.key < $1.key }) where !Self.isSetting(name, value) {
            throw .wrongFigure("privacy.\(name)")
        }
        if let disappearingSeconds, !Self.disappearingValues.contains(Int64(disappearingSeconds)) {
            throw .wrongFigure("disappearingSeconds")
        }
        if let about { setAbout(about, of: account, except: nil) }
        setPrivacy(privacy, of: account, except: nil)
        if let disappearingSeconds { setDisappearing(disappearingSeconds, of: account, except: nil) }
    }

    // MARK: - Telling

    /// `account_sync`, to the account's clients but for the one that brought it about.
    func tellOwnDevices(of account: Account, except sender: Device?, _ children: [Node]) {
        for other in account.sortedDevices where other !== sender && other.endpoint == nil {
            deliver(notification("account_sync", from: account.jid(.phoneNumber), children), to: other)
        }
    }

    /// To the clients of everybody who has to do with the account.
    func tellContacts(of account: Account, _ note: Node) {
        for contact in account.contacts.sorted() {
            for other in accounts[contact]?.sortedDevices ?? [] where other.endpoint == nil { deliver(note, to: other) }
        }
    }
}

/// An account as its owner and others see it.
package struct ProfileSnapshot: Sendable, Equatable {
    package let name: String
    package let about: String
    package let picture: ProfilePicture?
    package let privacy: [String: String]
    /// LIDs.
    package let blocked: [String]
    package let disappearingSeconds: Int
    /// Numbers in the address book.
    package let addressBook: [String]
    package let areTokensRequired: Bool
}

extension SimulatedServer {
    package func profile(of number: String) throws(SimulatorError) -> ProfileSnapshot {
        let account = try account(number)
        return ProfileSnapshot(
            name: account.name, about: account.about, picture: account.picture, privacy: account.privacy,
            blocked: account.blocked, disappearingSeconds: account.disappearingSeconds,
            addressBook: account.addressBook.sorted(), areTokensRequired: account.tokens.isRequired)
    }
}
