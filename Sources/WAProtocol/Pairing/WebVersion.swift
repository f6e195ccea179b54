/// The version of WhatsApp Web that we say we are. Too old a one is refused with failure 405.
package struct WebVersion: Hashable, Sendable, CustomStringConvertible {
    package let primary: UInt32
    package let secondary: UInt32
    /// Grows with every release; the live value is `client_revision` in https://web.whatsapp.com/sw.js.
    package let tertiary: UInt32

    package init(primary: UInt32 = 2, secondary: UInt32 = 3000, tertiary: UInt32) {
        self.primary = primary
        self.secondary = secondary
        self.tertiary = tertiary
    }

    /// A release of August 2026, used until a newer one is configured or fetched.
    package static let bundled = WebVersion(tertiary: 1_045_649_367)

    package var description: String { "\(primary).\(secondary).\(tertiary)" }
}
