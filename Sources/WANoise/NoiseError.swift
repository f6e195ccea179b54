import WACrypto

/// What can go wrong between the first byte of a connection and its encrypted frames.
///
/// Every case is fatal for the connection.
package enum NoiseError: Error, Equatable, Sendable {
    /// The bytes before the first frame are neither routing information nor the connection header.
    case malformedPreamble
    /// A frame announces more bytes than are allowed here.
    case frameTooLong(Int)
    /// A handshake message does not parse, lacks a field, or has one of impossible length.
    case malformedMessage
    /// A handshake or transport message does not decrypt: other keys, other header, or changed bytes.
    case authenticationFailed
    /// The other side sent a public key of small order.
    case weakKey
    /// The server's certificate chain is not one to trust, and why.
    case untrustedCertificate(CertificateFault)
    /// A direction has used all 2^32 nonces; the connection must be renewed.
    case counterExhausted
    /// A handshake step was called twice, or before the one that must come first.
    case outOfOrder

    init(_ error: CryptoError) {
        self =
            switch error {
            case .authenticationFailed: .authenticationFailed
            case .weakKey: .weakKey
            case .wrongLength, .wrongKeyType, .badPadding, .invalidCharacter: .malformedMessage
            }
    }
}

/// The first check that a certificate chain failed.
package enum CertificateFault: Equatable, Sendable {
    /// The chain or a certificate in it does not parse or lacks a part.
    case malformed
    /// The intermediate certificate does not name the root (serial 0) as its issuer.
    case intermediateIssuer
    /// The intermediate certificate is not signed by the trusted root.
    case intermediateSignature
    /// The leaf certificate does not name the intermediate as its issuer.
    case leafIssuer
    /// The leaf certificate is not signed by the intermediate.
    case leafSignature
    /// The leaf certificate is for another key than the server used in the handshake.
    case leafKey
    /// A certificate is not valid yet.
    case notYetValid
    /// A certificate is no longer valid.
    case expired
}
