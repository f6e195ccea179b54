package import WABinary
package import WACrypto

/// Our keys in a retry receipt, for a sender that must make a new session with us.
package struct RetryKeys: Equatable, Sendable {
    package let identityKey: PublicKey
    /// A fresh one-time prekey; it counts as handed out from now on.
    package let preKey: UploadedPreKey?
    package let signedPreKey: UploadedSignedPreKey
    /// Our ADVSignedDeviceIdentity with the account's key.
    package let deviceIdentity: [UInt8]

    package init(
        identityKey: PublicKey, preKey: UploadedPreKey?, signedPreKey: UploadedSignedPreKey, deviceIdentity: [UInt8]
    ) {
        self.identityKey = identityKey
        self.preKey = preKey
        self.signedPreKey = signedPreKey
        self.deviceIdentity = deviceIdentity
    }

    var node: Node {
        var children = [PreKeyNodes.keyType, PreKeyNodes.identity(identityKey)]
        if let preKey { children.append(PreKeyNodes.preKey(preKey)) }
        children.append(PreKeyNodes.signedPreKey(signedPreKey))
        children.append(Node("device-identity", bytes: deviceIdentity))
        return Node("keys", [:], children)
    }
}

/// Asks the sender of a message that we could not read to send it again.
///
/// ```
/// <receipt id to="<from>" type="retry" [participant] [recipient] [category="peer"]>
///   <retry count id t v="1" [error]/><registration>4 B</registration>[<keys/>]
/// </receipt>
/// ```
/// The message is acknowledged beside it. Keys go along from the second request on, and at the first where there is no
/// session. Source: protocol reference 5.9.
package struct RetryRequestStanza: Sendable {
    package let node: Node

    /// `count` is 1 for the first request of a message, at most 5.
    package init(
        message: MessageStanza, count: Int, reason: RetryReason?, registrationID: UInt32, keys: RetryKeys?
    ) {
        var attributes: Attributes = ["id": .text(message.id), "type": "retry", "to": .jid(message.from)]
        attributes["participant"] = message.node.attributes["participant"]
        attributes["recipient"] = message.node.attributes["recipient"]
        attributes["category"] = message.node.attributes["category"]
        var retry: Attributes = [
            "count": .integer(count), "id": .text(message.id), "t": .integer(message.timestampSeconds), "v": "1",
        ]
        if let reason, reason != .unknown { retry["error"] = .integer(reason.rawValue) }
        var children = [Node("retry", retry), PreKeyNodes.registration(registrationID)]
        if let keys { children.append(keys.node) }
        node = Node("receipt", attributes, children)
    }
}
