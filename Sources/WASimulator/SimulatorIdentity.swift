package import WACrypto
package import WANoise

/// Who the simulated server is: root and intermediate certificate keys and its Noise static key, all from the seed.
///
/// A client trusts the simulator by being given `rootKey` in place of WhatsApp's; no check is weakened.
package struct SimulatorIdentity: Sendable {
    package let seed: UInt64
    package let root: KeyPair
    package let intermediate: KeyPair
    /// The key that the Noise handshake proves.
    package let noiseStatic: KeyPair

    package init(seed: UInt64) {
        let tree = SeedTree(seed: seed)
        self.seed = seed
        root = tree.keyPair("certificate root")
        intermediate = tree.keyPair("certificate intermediate")
        noiseStatic = tree.keyPair("noise static")
    }

    package var rootKey: PublicKey { root.publicKey }

    package var trust: ServerTrust { ServerTrust(rootKey: root.publicKey) }

    /// A two-level chain for the Noise static key, valid from a day before to a year after the given time.
    package func certificateChain(nowSeconds: Int64) -> [UInt8] {
        CertificateIssuer(root: root, intermediate: intermediate)
            .chain(for: noiseStatic.publicKey, notBefore: nowSeconds - 86_400, notAfter: nowSeconds + 365 * 86_400)
    }
}
