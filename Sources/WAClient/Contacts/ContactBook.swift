import Storage
import WABinary
import WAProtocol

/// What is last known of people, so that their changes are told once: each method records an event exactly when what it is
/// told is new, in the caller's transaction.
///
/// A person is stored as everywhere (`AddressMapStore.person`) and told of by phone number where it is known.
struct ContactBook: Sendable {
    let account: String
    let recorder: ClientRecorder

    /// Longer names are cut: no phone lets people type as many.
    private static let maximumNameLength = 512
    /// An about text has at most 139 characters on phones.
    private static let maximumAboutLength = 4_096

    private var addresses: AddressMapStore { AddressMapStore(account: account) }

    /// The names the server puts beside a message.
    func note(namesIn stanza: MessageStanza, on sql: any SQLConnection) throws {
        guard stanza.sender.isPerson else { return }
        try note(pushName: stanza.pushName, of: stanza.sender, on: sql)
        if let certificate = stanza.node.child("verified_name")?.bytes {
            try note(businessName: PersonNews.businessName(inCertificate: certificate), of: stanza.sender, on: sql)
        }
    }

    /// What they call themselves.
    func note(pushName: String?, of person: JID, on sql: any SQLConnection) throws {
        guard let name = pushName.flatMap(Self.name) else { return }
        guard try note("push_name", .text(name), of: person, .pushName(name), on: sql) else { return }
        try keepOwn(name, of: person, on: sql)
    }

    /// What the account calls itself, from the app state; false when it is no name, or nobody is linked.
    func note(ownPushName: String, on sql: any SQLConnection) throws -> Bool {
        guard let own = try DeviceStore(account: account).load(on: sql)?.linked?.phone.account,
            let name = Self.name(ownPushName)
        else { return false }
        try keepOwn(name, of: own, on: sql)
        try note("push_name", .text(name), of: own, .pushName(name), on: sql)
        return true
    }

    /// Our own name is what we are shown online under, from whichever of our devices it is learned first.
    private func keepOwn(_ name: String, of person: JID, on sql: any SQLConnection) throws {
        let store = DeviceStore(account: account)
        guard var linked = try store.load(on: sql)?.linked, linked.pushName != name,
            [linked.phone.account, linked.lid?.account].contains(person.foldingHosted.account)
        else { return }
        linked.pushName = name
        try store.saveLinked(linked, on: sql)
    }

    /// The verified name of a business.
    func note(businessName: String?, of person: JID, on sql: any SQLConnection) throws {
        guard let name = businessName.flatMap(Self.name) else { return }
        try note("business_name", .text(name), of: person, .businessName(name), on: sql)
    }

    /// Nil when the picture was taken away; `person` may be a group.
    func note(pictureID: String?, of person: JID, on sql: any SQLConnection) throws {
        try note("picture_id", .text(pictureID ?? ""), of: person, .picture(id: pictureID), on: sql)
    }

    func note(about: String, of person: JID, on sql: any SQLConnection) throws {
        let text = String(about.prefix(Self.maximumAboutLength))
        try note("about", .text(text), of: person, .about(text), on: sql)
    }

    func note(isBlocked: Bool, _ person: JID, on sql: any SQLConnection) throws {
        try note("blocked", isBlocked ? 1 : nil, of: person, .blocked(isBlocked), on: sql)
    }

    /// Takes in the whole block list; answers it by phone number.
    func take(_ list: Blocklist, on sql: any SQLConnection) throws -> [JID] {
        for mapping in list.addressMappings { try addresses.learn(lid: mapping.lid, phone: mapping.phone, telling: recorder, on: sql) }
        let blocked = try list.people.map { try addresses.person(of: $0, on: sql) }
        let before = try sql.query(
            "SELECT person FROM client_contact WHERE account = $1 AND blocked = 1", [.text(account)]
        ).map { try $0.text("person") }
        for person in Set(before).subtracting(blocked) {
            if let jid = JID(person) { try note(isBlocked: false, jid, on: sql) }
        }
        for person in list.people { try note(isBlocked: true, person, on: sql) }
        return try list.people.map { try addresses.phoneForm(of: $0, on: sql) }
    }

    /// Writes one column; records the event when it held something else.
    /// - Returns: whether it was new.
    @discardableResult
    private func note(
        _ column: String, _ value: SQLValue, of person: JID, _ change: ContactChange.Change, on sql: any SQLConnection
    ) throws -> Bool {
        let key = try addresses.person(of: person, on: sql)
        let known = try sql.query(
            "SELECT \(column) AS known FROM client_contact WHERE account = $1 AND person = $2", [.text(account), .text(key)]
        ).first
        guard (known?["known"] ?? .null) != value else { return false }
        try sql.execute(
            """
            INSERT INTO client_contact (account, person, \(column)) VALUES ($1, $2, $3)
            ON CONFLICT (account, person) DO UPDATE SET \(column) = excluded.\(column)
            """, [.text(account), .text(key), value])
        try recorder(sql, .contactChanged(ContactChange(person: try addresses.phoneForm(of: person, on: sql), change: change)))
        return true
    }

    private static func name(_ text: String) -> String? {
        let name = String(text.prefix(maximumNameLength))
        return name.isEmpty ? nil : name
    }
}
