import Crypto
import Foundation
import NIOSSL
import SwiftASN1
import X509

/// A throw-away TLS identity: a certificate authority made at start-up and one server certificate signed by it.
///
/// A client that is to reach the simulator over `wss` adds `authorityPEM` to its trusted roots; no client needs to
/// switch a check off. The server certificate names `localhost`, 127.0.0.1, ::1 and the real host `web.whatsapp.com`,
/// because some client libraries can only be redirected below the name they dial. The keys live in memory and die with
/// the process.
struct GeneratedCertificate {
    /// The authority's certificate, PEM: what a client adds to its trusted roots.
    let authorityPEM: String
    private let serverPEM: String
    private let serverKeyPEM: String

    /// How long the certificates are valid, in seconds: a year each way of `now`, so that tests with a moved clock
    /// still connect.
    private static let validity: TimeInterval = 365 * 24 * 3600

    init(now: Date) throws {
        let authorityKey = Certificate.PrivateKey(P256.Signing.PrivateKey())
        let authorityName = try DistinguishedName { CommonName("OpenWA simulator authority") }
        let from = now.addingTimeInterval(-Self.validity)
        let until = now.addingTimeInterval(Self.validity)
        let authority = try Certificate(
            version: .v3, serialNumber: .init(), publicKey: authorityKey.publicKey,
            notValidBefore: from, notValidAfter: until,
            issuer: authorityName, subject: authorityName, signatureAlgorithm: .ecdsaWithSHA256,
            extensions: Certificate.Extensions {
                Critical(BasicConstraints.isCertificateAuthority(maxPathLength: 0))
                Critical(KeyUsage(keyCertSign: true, cRLSign: true))
                SubjectKeyIdentifier(hash: authorityKey.publicKey)
            },
            issuerPrivateKey: authorityKey)

        let serverKey = Certificate.PrivateKey(P256.Signing.PrivateKey())
        let server = try Certificate(
            version: .v3, serialNumber: .init(), publicKey: serverKey.publicKey,
            notValidBefore: from, notValidAfter: until,
            issuer: authorityName, subject: try DistinguishedName { CommonName("OpenWA simulator") },
            signatureAlgorithm: .ecdsaWithSHA256,
            extensions: Certificate.Extensions {
                Critical(BasicConstraints.notCertificateAuthority)
                Critical(KeyUsage(digitalSignature: true))
                try ExtendedKeyUsage([.serverAuth])
                SubjectAlternativeNames([
                    .dnsName("localhost"), .dnsName("web.whatsapp.com"),
                    .ipAddress(ASN1OctetString(contentBytes: [127, 0, 0, 1])),
                    .ipAddress(ASN1OctetString(contentBytes: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1])),
                ])
                AuthorityKeyIdentifier(keyIdentifier: SubjectKeyIdentifier(hash: authorityKey.publicKey).keyIdentifier)
            },
            issuerPrivateKey: authorityKey)

        authorityPEM = try authority.serializeAsPEM().pemString + "\n"
        serverPEM = try server.serializeAsPEM().pemString
        serverKeyPEM = try serverKey.serializeAsPEM().pemString
    }

    /// One context for all connections of the process.
    func serverContext() throws -> NIOSSLContext {
        let certificates = try NIOSSLCertificate.fromPEMBytes(Array((serverPEM + "\n" + authorityPEM).utf8))
        let key = try NIOSSLPrivateKey(bytes: Array(serverKeyPEM.utf8), format: .pem)
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: certificates.map { .certificate($0) }, privateKey: .privateKey(key))
        configuration.applicationProtocols = ["http/1.1"]
        return try NIOSSLContext(configuration: configuration)
    }
}
