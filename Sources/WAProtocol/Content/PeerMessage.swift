import FoundationEssentials
package import WAProto

/// Something a companion asks of its own phone. Source: protocol reference 5.3, 5.14, 5.15.
package struct PeerMessage: Sendable, Equatable {
    package let message: WAMessage
    /// The `push_priority` of its stanza.
    package let priority: String
    /// Nothing of it is kept in logs of the server.
    package let isPrivacySensitive: Bool

    package init(_ protocolMessage: WAProtocolMessage, priority: String, isPrivacySensitive: Bool = false) {
        var message = WAMessage()
        message.protocolMessage = protocolMessage
        self.message = message
        self.priority = priority
        self.isPrivacySensitive = isPrivacySensitive
    }

    /// Asks for keys of the app state.
    package static func appStateKeys(_ ids: [[UInt8]]) -> PeerMessage {
        var request = WAProtocolMessage()
        request.type = .appStateSyncKeyRequest
        request.appStateSyncKeyRequest.keyIDs = ids.map { id in
            var key = WAAppStateSyncKeyId()
            key.keyID = Data(id)
            return key
        }
        return PeerMessage(request, priority: "high")
    }

    /// Asks for a whole collection in the clear, because the server's does not verify.
    package static func appStateRecovery(of collection: String, atMilliseconds: Int64) -> PeerMessage {
        var request = WAPeerDataOperationRequestMessage()
        request.peerDataOperationRequestType = .companionSyncdSnapshotFatalRecovery
        request.syncdCollectionFatalRecoveryRequest.collectionName = collection
        request.syncdCollectionFatalRecoveryRequest.timestamp = atMilliseconds
        return .operation(request)
    }

    /// Asks the phone to do something and answer with a message.
    package static func operation(
        _ request: WAPeerDataOperationRequestMessage, isPrivacySensitive: Bool = false
    ) -> PeerMessage {
        var message = WAProtocolMessage()
        message.type = .peerDataOperationRequestMessage
        message.peerDataOperationRequestMessage = request
        return PeerMessage(message, priority: "high_force", isPrivacySensitive: isPrivacySensitive)
    }
}
