import WAProto

/// One or several contact cards.
///
/// ```
/// 4 contactMessage        { 1 displayName, 16 vcard, 17 contextInfo }                     one
/// 13 contactsArrayMessage { 1 displayName, 2 contacts[], 17 contextInfo }                 several
/// ```
package struct ContactContent: Equatable, Sendable {
    package struct Card: Equatable, Sendable {
        package var displayName: String
        /// The text of a vCard 3.0.
        package var vCard: String

        package init(displayName: String, vCard: String) {
            self.displayName = displayName
            self.vCard = vCard
        }
    }

    /// At least one.
    package var cards: [Card]
    package var context: MessageContext

    package init(cards: [Card], context: MessageContext = .none) {
        precondition(!cards.isEmpty, "a contact message carries a card")
        self.cards = cards
        self.context = context
    }

    /// A card made of a name and a phone number as people write it.
    package init(name: String, phoneNumber: String, context: MessageContext = .none) {
        self.init(cards: [Card(displayName: name, vCard: VCard.text(name: name, phoneNumber: phoneNumber))], context: context)
    }

    init?(_ message: WAMessage) {
        if message.hasContactMessage {
            let contact = message.contactMessage
            self.init(
                cards: [Card(contact)], context: contact.hasContextInfo ? MessageContext(contact.contextInfo) : .none)
        } else if message.hasContactsArrayMessage, !message.contactsArrayMessage.contacts.isEmpty {
            let array = message.contactsArrayMessage
            self.init(
                cards: array.contacts.map(Card.init),
                context: array.hasContextInfo ? MessageContext(array.contextInfo) : .none)
        } else {
            return nil
        }
    }

    var message: WAMessage {
        var message = WAMessage()
        if cards.count == 1 {
            message.contactMessage = cards[0].proto
            if let info = context.proto { message.contactMessage.contextInfo = info }
        } else {
            message.contactsArrayMessage.displayName = "\(cards.count) contacts"
            message.contactsArrayMessage.contacts = cards.map(\.proto)
            if let info = context.proto { message.contactsArrayMessage.contextInfo = info }
        }
        return message
    }
}

extension ContactContent.Card {
    fileprivate init(_ contact: WAContactMessage) {
        self.init(displayName: contact.displayName, vCard: contact.vcard)
    }

    fileprivate var proto: WAContactMessage {
        var contact = WAContactMessage()
        contact.displayName = displayName
        contact.vcard = vCard
        return contact
    }
}
