/// What kind of client we say we are, in a QR code and in a pairing by code. One character on the wire.
///
/// It must match the platform of ``CompanionProperties``. Source: protocol reference 3.1.
package enum ClientKind: String, Sendable {
    case unknown = "0"
    case chrome = "1"
    case edge = "2"
    case firefox = "3"
    case internetExplorer = "4"
    case opera = "5"
    case safari = "6"
    case electron = "7"
    case uwp = "8"
    case otherWebClient = "9"
    case macOS = "c"
    case android = "e"
}
