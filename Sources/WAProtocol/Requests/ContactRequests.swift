package import WABinary

/// Whether a number has a WhatsApp account, and which.
package struct ContactAnswer: Equatable, Sendable {
    /// The digits as they were asked.
    package let number: String
    package let isOnWhatsApp: Bool
    /// The account's phone number; WhatsApp may know the number in another spelling than it was asked.
    package let phone: JID?
    package let lid: JID?
}

/// Asks which phone numbers have a WhatsApp account. Numbers the server leaves out are missing in the reply.
///
/// ```
/// → <query><contact/><lid/></query><list><user><contact>+15551234567</contact></user>…</list>
/// ← <user jid="15551234567@s.whatsapp.net" [pn_jid]>
///     <contact type="in|out|invalid">+15551234567</contact><lid val/></user>…
/// ```
/// Many such questions at a time are a known reason for bans: ask only for numbers somebody wants to write to.
/// Source: protocol reference 5.12.
package struct ContactCheckRequest: WARequest {
    /// Digits with country code, without `+`.
    package let numbers: [String]

    /// Everything but digits is dropped from the numbers.
    package init(numbers: [String]) {
        self.numbers = numbers.map { $0.filter { $0.isASCII && $0.isNumber } }
    }

    package func node(id: String) -> Node {
        UserQuery(
            context: .interactive, protocols: [Node("contact"), Node("lid")],
            users: numbers.map { Node("user", [:], [Node("contact", bytes: Array("+\($0)".utf8))]) }
        ).node(id: id)
    }

    package func parse(_ reply: Node) throws -> [ContactAnswer] {
        try UserQuery.users(in: reply).compactMap { user in
            let contact = user.child("contact")
            let addresses = UserQuery.addresses(of: user)
            let echoed = contact?.text?.prefix { $0 != "@" }.filter { $0.isASCII && $0.isNumber }
            let number = echoed.flatMap { $0.isEmpty ? nil : $0 } ?? addresses.phone?.user
            guard let number else { return nil }
            let isOnWhatsApp = contact?["type"] == "in"
            // Some answers name the account by LID alone; the number asked is then the phone number.
            let phone = isOnWhatsApp ? addresses.phone ?? JID(number, .user) : nil
            return ContactAnswer(
                number: number, isOnWhatsApp: isOnWhatsApp, phone: phone, lid: isOnWhatsApp ? addresses.lid : nil)
        }
    }
}

/// Asks for the LIDs of phone numbers; people without one are missing in the reply.
///
/// ```
/// → <query><lid/></query><list><user jid="15551234567@s.whatsapp.net"/>…</list>
/// ← <user jid><lid val="100000012345678@lid"/></user>…
/// ```
package struct LIDLookupRequest: WARequest {
    package let phones: [JID]

    package init(phones: [JID]) {
        self.phones = phones
    }

    package func node(id: String) -> Node {
        UserQuery(context: .background, protocols: [Node("lid")], users: phones.map(UserQuery.user)).node(id: id)
    }

    package func parse(_ reply: Node) throws -> [AddressMapping] {
        try UserQuery.users(in: reply).compactMap { user in
            let addresses = UserQuery.addresses(of: user)
            return AddressMapping(addresses.phone, addresses.lid)
        }
    }
}
