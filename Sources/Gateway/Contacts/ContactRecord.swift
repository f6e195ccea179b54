/// What is known of a person (contract 2 of the rest half).
package struct ContactRecord: Sendable, Equatable {
    /// The neutral id, `<phone>@c.us` where the number is known.
    package let id: String
    /// The name in the account's address book.
    package let name: String?
    /// What they call themselves, or a business's verified name.
    package let pushName: String?
    /// The digits of the id: the phone number, or those of the privacy id while only that is known.
    package let number: String
    /// In the account's address book.
    package let isMyContact: Bool
    package let isBlocked: Bool
    package let about: String?
}
