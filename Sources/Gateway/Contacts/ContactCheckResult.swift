/// Whether a number has a WhatsApp account.
package struct ContactCheckResult: Sendable, Equatable {
    /// The number asked for, digits only.
    package let number: String
    package let exists: Bool
    /// `<phone>@c.us`, nil when there is no account.
    package let whatsappID: String?

    package init(number: String, exists: Bool, whatsappID: String?) {
        self.number = number
        self.exists = exists
        self.whatsappID = whatsappID
    }
}
