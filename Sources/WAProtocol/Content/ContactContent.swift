import WAProto

/// A contact card.
///
/// ```
/// 4 contactMessage { 1 displayName, 16 vcard, 17 contextInfo }
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

    package var card: Card
    package var context: MessageContext

    package init(card: Card, context: MessageContext = .none) {
        self.card = card
        self.context = context
    }

    /// A card made of a name and a phone number as people write it.
    package init(name: String, phoneNumber: String, context: MessageContext = .none) {
        self.init(card: Card(displayName: name, vCard: VCard.text(name: name, phoneNumber: phoneNumber)), context: context)
    }

    init?(_ message: WAMessage) {
        guard message.hasContactMessage else { return nil }
        let contact = message.contactMessage
        self.init(card: Card(contact), context: contact.hasContextInfo ? MessageContext(contact.contextInfo) : .none)
    }

    var message: WAMessage {
        var message = WAMessage()
        message.contactMessage = card.proto
        if let info = context.proto { message.contactMessage.contextInfo = info }
        return message
    }
}

/// Several contact cards.
///
/// ```
/// 13 contactsArrayMessage { 1 displayName, 2 contacts[] { 1 displayName, 16 vcard }, 17 contextInfo }
/// ```
package struct ContactsContent: Equatable, Sendable {
    /// What stands over them, such as “2 contacts”.
    package var displayName: String
    /// At least one.
    package var cards: [ContactContent.Card]
    package var context: MessageContext

    /// Phones send up to 257; of more the rest is not read.
    private static let maximumCards = 1_024

    package init(displayName: String, cards: [ContactContent.Card], context: MessageContext = .none) {
        precondition(!cards.isEmpty, "a message of contacts carries a card")
        self.displayName = displayName
        self.cards = cards
        self.context = context
    }

    init?(_ message: WAMessage) {
        guard message.hasContactsArrayMessage, !message.contactsArrayMessage.contacts.isEmpty else { return nil }
        let array = message.contactsArrayMessage
        self.init(
            displayName: array.displayName, cards: array.contacts.prefix(Self.maximumCards).map(ContactContent.Card.init),
            context: array.hasContextInfo ? MessageContext(array.contextInfo) : .none)
    }

    var message: WAMessage {
        var message = WAMessage()
        message.contactsArrayMessage.displayName = displayName
        message.contactsArrayMessage.contacts = cards.map(\.proto)
        if let info = context.proto { message.contactsArrayMessage.contextInfo = info }
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
