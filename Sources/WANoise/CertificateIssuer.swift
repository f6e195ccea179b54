import FoundationEssentials
package import WACrypto
import WAProto

/// Makes two-level certificate chains for a server of our own; clients trust it by its root key.
package struct CertificateIssuer: Sendable {
    private let root: KeyPair
    private let intermediate: KeyPair
    private let intermediateSerial: UInt32
    private let leafSerial: UInt32

    /// The serials are free to choose; the defaults are those of the test vectors.
    package init(root: KeyPair, intermediate: KeyPair, intermediateSerial: UInt32 = 7, leafSerial: UInt32 = 8) {
        self.root = root
        self.intermediate = intermediate
        self.intermediateSerial = intermediateSerial
        self.leafSerial = leafSerial
    }

    /// What a client must trust to accept the chains.
    package var trust: ServerTrust {
        ServerTrust(rootKey: root.publicKey)
    }

    /// An encoded CertChain for a server's static key; both certificates are valid in the same Unix seconds, which
    /// must not be negative.
    package func chain(for leaf: PublicKey, notBefore: Int64, notAfter: Int64) -> [UInt8] {
        var chain = WACertChain()
        chain.intermediate = certificate(
            for: intermediate.publicKey, serial: intermediateSerial, issuer: root, issuerSerial: ServerTrust.rootSerial,
            notBefore: notBefore, notAfter: notAfter)
        chain.leaf = certificate(
            for: leaf, serial: leafSerial, issuer: intermediate, issuerSerial: intermediateSerial,
            notBefore: notBefore, notAfter: notAfter)
        return chain.encoded()
    }

    private func certificate(
        for key: PublicKey, serial: UInt32, issuer: KeyPair, issuerSerial: UInt32, notBefore: Int64, notAfter: Int64
    ) -> WACertChain.NoiseCertificate {
        precondition(notBefore >= 0 && notAfter >= 0, "certificates know no time before 1970")
        var details = WACertChain.NoiseCertificate.Details()
        details.serial = serial
        details.issuerSerial = issuerSerial
        details.key = Data(key.raw)
        details.notBefore = UInt64(notBefore)
        details.notAfter = UInt64(notAfter)
        let signedBytes = details.encoded()
        var certificate = WACertChain.NoiseCertificate()
        certificate.details = Data(signedBytes)
        certificate.signature = Data(issuer.sign(signedBytes))
        return certificate
    }
}
