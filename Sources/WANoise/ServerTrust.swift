import FoundationEssentials
package import WACrypto
import WAProto

/// Whom a client takes for the server: the key at the root of its certificate chain.
///
/// ```
/// root ──signs──► intermediate (issuer serial 0) ──signs──► leaf (issuer serial = intermediate's) for the server's key
/// ```
/// Signatures are XEdDSA over the details exactly as received. Production trusts WhatsApp's key; tests and the
/// playground trust the simulator's. The checks are the same for both.
package struct ServerTrust: Sendable {
    package let rootKey: PublicKey

    package init(rootKey: PublicKey) {
        self.rootKey = rootKey
    }

    /// The root key of the production servers ("WhatsAppLongTerm1").
    package static let whatsApp: ServerTrust = {
        let raw: [UInt8] = [
            0x14, 0x23, 0x75, 0x57, 0x4D, 0x0A, 0x58, 0x71, 0x66, 0xAA, 0xE7, 0x1E, 0xBE, 0x51, 0x64, 0x37,
            0xC4, 0xA2, 0x8B, 0x73, 0xE3, 0x69, 0x5C, 0x6C, 0xE1, 0xF7, 0xF9, 0x54, 0x5D, 0xA8, 0xEE, 0x6B,
        ]
        guard let rootKey = try? PublicKey(raw: raw) else { preconditionFailure("the root key has 32 bytes") }
        return ServerTrust(rootKey: rootKey)
    }()

    /// The issuer serial by which an intermediate certificate names the root.
    static let rootSerial: UInt32 = 0

    /// Checks a chain received in a handshake against the static key the server used there; throws
    /// `untrustedCertificate` with the first fault.
    func verify(chain: [UInt8], serverStatic: PublicKey, nowSeconds: Int64) throws(NoiseError) {
        guard let chain = try? WACertChain(decoding: chain), chain.hasLeaf, chain.hasIntermediate,
            let intermediate = ReceivedCertificate(chain.intermediate), let leaf = ReceivedCertificate(chain.leaf)
        else { throw .untrustedCertificate(.malformed) }

        guard intermediate.issuerSerial == Self.rootSerial else { throw .untrustedCertificate(.intermediateIssuer) }
        guard intermediate.isSigned(by: rootKey) else { throw .untrustedCertificate(.intermediateSignature) }
        guard leaf.issuerSerial == intermediate.serial else { throw .untrustedCertificate(.leafIssuer) }
        guard leaf.isSigned(by: intermediate.key) else { throw .untrustedCertificate(.leafSignature) }
        guard leaf.key == serverStatic else { throw .untrustedCertificate(.leafKey) }
        for certificate in [intermediate, leaf] {
            // Times beyond Int64 are far in the future.
            let notBefore = Int64(clamping: certificate.notBefore)
            let notAfter = Int64(clamping: certificate.notAfter)
            guard nowSeconds >= notBefore else { throw .untrustedCertificate(.notYetValid) }
            guard nowSeconds <= notAfter else { throw .untrustedCertificate(.expired) }
        }
    }
}

/// A certificate as it came, with its details read.
private struct ReceivedCertificate {
    let signedBytes: [UInt8]
    let signature: [UInt8]
    let serial: UInt32
    let issuerSerial: UInt32
    let key: PublicKey
    let notBefore: UInt64
    let notAfter: UInt64

    init?(_ certificate: WACertChain.NoiseCertificate) {
        signedBytes = [UInt8](certificate.details)
        signature = [UInt8](certificate.signature)
        guard let details = try? WACertChain.NoiseCertificate.Details(decoding: signedBytes),
            let key = try? PublicKey(raw: [UInt8](details.key))
        else { return nil }
        (serial, issuerSerial, self.key) = (details.serial, details.issuerSerial, key)
        (notBefore, notAfter) = (details.notBefore, details.notAfter)
    }

    func isSigned(by issuer: PublicKey) -> Bool {
        issuer.isValidSignature(signature, for: signedBytes)
    }
}
