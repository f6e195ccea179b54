package import SignalProtocol
package import WABinary
package import WACrypto

/// Gives the server public keys that others start sessions with. Count the keys as uploaded only after the result.
///
/// ```
/// <iq id xmlns="encrypt" type="set" to="s.whatsapp.net">
///   <registration/><type/><identity/><list><key/>…</list><skey/>
/// </iq>
/// ```
/// Source: protocol reference 4.2.
package struct PreKeyUploadRequest: WARequest {
    package let registrationID: UInt32
    package let identityKey: PublicKey
    package let signedPreKey: UploadedSignedPreKey
    package let preKeys: [UploadedPreKey]

    package init(
        registrationID: UInt32, identityKey: PublicKey, signedPreKey: UploadedSignedPreKey, preKeys: [UploadedPreKey]
    ) {
        self.registrationID = registrationID
        self.identityKey = identityKey
        self.signedPreKey = signedPreKey
        self.preKeys = preKeys
    }

    package func node(id: String) -> Node {
        .iq(
            id: id, xmlns: "encrypt", type: .set,
            [
                PreKeyNodes.registration(registrationID), PreKeyNodes.keyType, PreKeyNodes.identity(identityKey),
                Node("list", [:], preKeys.map(PreKeyNodes.preKey)), PreKeyNodes.signedPreKey(signedPreKey),
            ])
    }
}

/// Asks how many of our one-time prekeys the server still has.
///
/// ```
/// → <iq id xmlns="encrypt" type="get" to="s.whatsapp.net"><count/></iq>
/// ← <iq …><count value="812"/></iq>
/// ```
package struct PreKeyCountRequest: WARequest {
    package init() {}

    package func node(id: String) -> Node {
        .iq(id: id, xmlns: "encrypt", type: .get, [Node("count")])
    }

    package func parse(_ reply: Node) throws -> Int64 {
        guard let count = reply.child("count")?.integer("value") else { throw WAProtocolError.missing("count") }
        return count
    }
}

/// Fetches the keys of devices to start sessions with; each answer uses up a one-time prekey of that device.
///
/// ```
/// → <iq id xmlns="encrypt" type="get" to="s.whatsapp.net"><key><user jid [reason="identity"]/>…</key></iq>
/// ← <iq …><list><user jid><registration/><type/><identity/><skey/>[<key/>]</user> |
///     <user jid><error/></user>…</list></iq>
/// ```
/// Devices the server refuses, or whose keys are malformed, are missing in the reply. The signature of the signed
/// prekey is checked where the session is made (`Session.initiated`).
package struct PreKeyBundleRequest: WARequest {
    /// Why keys are fetched although there is a session.
    package enum Reason: String, Sendable {
        case identity, retry
    }

    package let devices: [JID]
    package let reason: Reason?

    package init(devices: [JID], reason: Reason? = nil) {
        self.devices = devices
        self.reason = reason
    }

    package func node(id: String) -> Node {
        let users = devices.map { device in
            var user = Node("user", ["jid": .jid(device)])
            if let reason { user.attributes["reason"] = .text(reason.rawValue) }
            return user
        }
        return .iq(id: id, xmlns: "encrypt", type: .get, [Node("key", [:], users)])
    }

    package func parse(_ reply: Node) throws -> [JID: PreKeyBundle] {
        guard let list = reply.child("list") else { throw WAProtocolError.missing("list") }
        var bundles: [JID: PreKeyBundle] = [:]
        for user in list.children("user") {
            guard let jid = user.jid("jid"), user.child("error") == nil else { continue }
            let keys = user.child("keys") ?? user
            if let bundle = try? PreKeyNodes.bundle(in: keys, registrationIn: user) { bundles[jid] = bundle }
        }
        return bundles
    }
}

/// Replaces the signed prekey. Keep the old ones for messages that were started with them.
///
/// ```
/// <iq id xmlns="encrypt" type="set" to="s.whatsapp.net"><rotate><skey/></rotate></iq>
/// ```
package struct SignedPreKeyRotationRequest: WARequest {
    package let signedPreKey: UploadedSignedPreKey

    package init(signedPreKey: UploadedSignedPreKey) {
        self.signedPreKey = signedPreKey
    }

    package func node(id: String) -> Node {
        .iq(
            id: id, xmlns: "encrypt", type: .set,
            [
                Node("rotate", [:], [PreKeyNodes.signedPreKey(signedPreKey)])
            ])
    }
}
