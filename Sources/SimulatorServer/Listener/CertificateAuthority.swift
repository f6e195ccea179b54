import Crypto
import Foundation
import NIOSSL
import SwiftASN1
import X509

/// A throw-away TLS authority made at start-up, which signs the certificates of all ports.
///
/// A client that is to reach the simulator over `wss`, or its media over `https`, adds `authorityPEM` to its trusted
/// roots; no client needs to switch a check off. The keys live in memory and die with the process.
struct CertificateAuthority {
    /// The authority's certificate, PEM: what a client adds to its trusted roots.
    let authorityPEM: String
    private let key: Certificate.PrivateKey
    private let name: DistinguishedName
    private let from: Date
    private let until: Date

    /// How long the certificates are valid, in seconds: a year each way of `now`, so that tests with a moved clock
    /// still connect.
    private static let validity: TimeInterval = 365 * 24 * 3600

    init(now: Date) throws {
        let key = Certificate.PrivateKey(P256.Signing.PrivateKey())
        self.key = key
        name = try DistinguishedName { CommonName("OpenWA simulator authority") }
        from = now.addingTimeInterval(-Self.validity)
        until = now.addingTimeInterval(Self.validity)
        let authority = try Certificate(
            version: .v3, serialNumber: .init(), publicKey: key.publicKey,
            notValidBefore: from, notValidAfter: until,
            issuer: name, subject: name, signatureAlgorithm: .ecdsaWithSHA256,
            extensions: Certificate.Extensions {
                Critical(BasicConstraints.isCertificateAuthority(maxPathLength: 0))
                Critical(KeyUsage(keyCertSign: true, cRLSign: true))
                SubjectKeyIdentifier(hash: key.publicKey)
            },
            issuerPrivateKey: key)
        authorityPEM = try authority.serializeAsPEM().pemString + "\n"
    }

    /// For the simulator's own ports: `localhost`, 127.0.0.1, ::1 and the real host `web.whatsapp.com`, because some
    /// client libraries can only be redirected below the name they dial.
    func simulatorContext() throws -> NIOSSLContext {
        try serverContext(
            names: ["localhost", "web.whatsapp.com"],
            addresses: [[127, 0, 0, 1], [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]])
    }

    /// A certificate of its own for these hosts; one context serves all connections of a port.
    ///
    /// - Parameter addresses: four or sixteen bytes each.
    func serverContext(names: [String], addresses: [[UInt8]] = []) throws -> NIOSSLContext {
        let serverKey = Certificate.PrivateKey(P256.Signing.PrivateKey())
        let alternatives =
            names.map { GeneralName.dnsName($0) }
            + addresses.map { GeneralName.ipAddress(ASN1OctetString(contentBytes: $0[...])) }
        let server = try Certificate(
            version: .v3, serialNumber: .init(), publicKey: serverKey.publicKey,
            notValidBefore: from, notValidAfter: until,
            issuer: name, subject: try DistinguishedName { CommonName("OpenWA simulator") },
            signatureAlgorithm: .ecdsaWithSHA256,
            extensions: Certificate.Extensions {
                Critical(BasicConstraints.notCertificateAuthority)
                Critical(KeyUsage(digitalSignature: true))
                try ExtendedKeyUsage([.serverAuth])
                SubjectAlternativeNames(alternatives)
                AuthorityKeyIdentifier(keyIdentifier: SubjectKeyIdentifier(hash: key.publicKey).keyIdentifier)
            },
            issuerPrivateKey: key)
        let chain = try server.serializeAsPEM().pemString + "\n" + authorityPEM
        let privateKey = try NIOSSLPrivateKey(bytes: Array(serverKey.serializeAsPEM().pemString.utf8), format: .pem)
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: try NIOSSLCertificate.fromPEMBytes(Array(chain.utf8)).map { .certificate($0) },
            privateKey: .privateKey(privateKey))
        configuration.applicationProtocols = ["http/1.1"]
        return try NIOSSLContext(configuration: configuration)
    }
}
