/// Something a real server or phone would not have put up with, or would have been harmed by.
///
/// The text names devices and stanza ids, never content or keys.
package struct Violation: Hashable, Sendable, CustomStringConvertible {
    package enum Kind: String, Hashable, Sendable, CaseIterable {
        /// A frame that is not one well-formed node.
        case malformedFrame
        /// A stanza without what its kind needs, or with something that cannot be.
        case malformedStanza
        /// A ClientPayload that contradicts itself or lacks a field.
        case malformedPayload
        /// Keys of a registration, an upload or a retry receipt do not fit together.
        case malformedKeys
        /// The signed prekey is not signed by the identity key.
        case signedPreKeySignature
        /// The new device did not prove that it holds its identity key.
        case deviceSignature
        /// A prekey message without the proof that its sender belongs to the account, or with a wrong one.
        case deviceIdentity
        /// A participant hash that is not the hash of the stanza's own device list.
        case participantHash
        /// A message that leaves out a device the sender was told of.
        case missingDevice
        /// A message to a device that never existed.
        case unknownDevice
        /// A group message encrypted for somebody who is not in the group, though the sender was told.
        case notInGroup
        /// A group message under a sender key that somebody holds who has left the group, though the sender was told.
        case senderKeyNotRotated
        /// A group message that is not signed by the key its sender distributed.
        case senderKeySignature
        /// A stanza was not acknowledged in time.
        case missingAcknowledgement
        /// A request of the server was not answered in time.
        case missingResult
        /// The same request id twice on one connection.
        case repeatedRequestID
        /// The same message id again with other ciphertexts.
        case repeatedMessageID
        /// One counter of one ratchet key carried two different ciphertexts.
        case ratchetKeyReuse
        /// The same prekey id with another key.
        case preKeyReuse
        /// A prekey message names a prekey that was never handed out, or was used before.
        case unknownPreKey
        /// A message of a retry that nobody asked for.
        case unrequestedRetry
        /// One message was shown twice on a phone.
        case deliveredTwice
        /// A phone could decrypt, but what it found is not a message.
        case malformedContent
        /// What a phone found lacks a field it needs, or has one it cannot show.
        case unshowableContent
        /// `type`, `mediatype`, `edit` or `meta` of a stanza do not fit what is inside.
        case stanzaAttributes
        /// A reaction, edit, deletion, vote or pin whose key names no message of the chat; a delivery receipt for a
        /// message that nobody wrote; the answer to a call that nobody made.
        case unknownTarget
        /// Media that cannot be downloaded, or whose hashes, MAC or length are wrong.
        case media
        /// A phone could not decrypt, though it had not lost anything.
        case undecryptable
        /// An app-state patch whose MACs do not verify.
        case appStateMAC
        /// An app-state change whose index, collection, version or value is not that of its action.
        case appStateAction
        /// A request to the phone, such as for a re-upload, that it cannot open or that names what is not there.
        case peerRequest
        /// A read receipt to its sender, though the account's owner has switched read receipts off.
        case privacy
        /// Something sent before it may be sent, such as a message before login is complete.
        case outOfOrder
    }

    package let kind: Kind
    package let text: String
    package let atMilliseconds: Int64

    package init(_ kind: Kind, _ text: String, atMilliseconds: Int64) {
        self.kind = kind
        self.text = text
        self.atMilliseconds = atMilliseconds
    }

    package var description: String { "\(kind.rawValue): \(text)" }
}
