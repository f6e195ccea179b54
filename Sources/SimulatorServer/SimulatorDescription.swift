import Foundation
import WACrypto
import WASimulator

/// What a client or a script needs to use a running simulator, as text for people and as one line of JSON.
package struct SimulatorDescription: Codable, Sendable {
    /// The URL of the WebSocket.
    package let ws: String
    package let wss: String?
    /// The 32 bytes a client trusts in place of WhatsApp's root key, as hexadecimal digits.
    package let rootKey: String
    package let rootKeyBase64: String
    /// The address of the control API.
    package let control: String?
    /// The media server's address.
    package let media: String?
    /// The certificate authority of `wss` and the media server, PEM.
    package let certificateFile: String?
    package let seed: UInt64
    /// The numbers of the phones that exist from the start.
    package let phones: [String]

    package init(of simulator: RunningSimulator, certificateFile: String?, phones: [String]) {
        ws = simulator.webSocketURL
        wss = simulator.secureWebSocketURL
        rootKey = simulator.rootKey.raw.map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }.joined()
        rootKeyBase64 = Data(simulator.rootKey.raw).base64EncodedString()
        control = simulator.controlURL
        media = "https://\(simulator.media.host)"
        self.certificateFile = certificateFile
        seed = simulator.host.identity.seed
        self.phones = phones
    }

    package var json: String {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            return String(decoding: try encoder.encode(self), as: UTF8.self)
        }
    }

    package var text: String {
        var lines = ["The simulator is running (seed \(seed)). Point a WhatsApp client at it with these:"]
        lines.append("  URL           \(ws)")
        if let wss { lines.append("  URL with TLS  \(wss)") }
        if let media { lines.append("  media server  \(media)") }
        if let certificateFile { lines.append("  TLS authority \(certificateFile)") }
        lines.append("  root key      \(rootKey)")
        lines.append("                \(rootKeyBase64)")
        if let control {
            lines.append("  control API   \(control)")
            lines.append("Scan a QR text with a phone of your own making:")
            lines.append(#"  curl \#(control)/phones --json '{"number": "628111111111"}'"#)
            lines.append(#"  curl \#(control)/scan --json '{"phone": "628111111111", "qr": "…"}'"#)
            lines.append("Or type the pairing code that a client was given for it:")
            lines.append(#"  curl \#(control)/phones/628111111111/pairing-code --json '{"code": "…"}'"#)
        }
        if !phones.isEmpty { lines.append("Phones: \(phones.first ?? "") to \(phones.last ?? "")") }
        return lines.joined(separator: "\n")
    }
}
