package import WABinary

/// Something about a person, as our address book, the person or WhatsApp tells it.
package struct ContactChange: Sendable, Equatable {
    package enum Change: Sendable, Equatable {
        /// In the account's address book, under these names.
        case saved(fullName: String?, firstName: String?)
        case removedFromAddressBook
        /// What they call themselves.
        case pushName(String)
        /// The verified name of a business.
        case businessName(String)
        /// The picture was set, or with nil taken away; the id is WhatsApp's.
        case picture(id: String?)
        case about(String)
        case blocked(Bool)
        /// They had another number before; both as phone number JIDs.
        case numberChanged(from: JID)
        /// Phone number and LID are the same person: known from here on.
        case addressLearned(lid: JID)
    }

    /// The phone number JID where the number is known; also a group, whose picture changed.
    package let person: JID
    package let change: Change

    package init(person: JID, change: Change) {
        self.person = person
        self.change = change
    }
}
