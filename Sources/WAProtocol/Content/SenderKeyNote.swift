import FoundationEssentials
package import SignalProtocol
package import WABinary
package import WAProto

/// The part of a message that hands a sender key to a device; it may stand beside content.
///
/// ```
/// Message { senderKeyDistributionMessage { groupID, axolotlSenderKeyDistributionMessage } }
/// ```
/// Source: protocol reference 5.4 and 5.6.
extension WAMessage {
    /// A message that holds nothing but a sender key of ours.
    package static func senderKey(_ distribution: SenderKeyDistribution, of group: JID) -> WAMessage {
        WAMessage().withSenderKey(distribution, of: group)
    }

    /// The same content with a sender key of ours beside it, for a device that lost the key.
    package func withSenderKey(_ distribution: SenderKeyDistribution, of group: JID) -> WAMessage {
        var message = self
        message.senderKeyDistributionMessage.groupID = group.description
        message.senderKeyDistributionMessage.axolotlSenderKeyDistributionMessage = Data(distribution.bytes)
        return message
    }

    /// The sender key in it; nil when there is none that can be read.
    ///
    /// The group it names is not looked at: the key counts for the chat of the stanza that carried it.
    package var senderKey: SenderKeyDistribution? {
        guard hasSenderKeyDistributionMessage else { return nil }
        return try? SenderKeyDistribution(
            parsing: [UInt8](senderKeyDistributionMessage.axolotlSenderKeyDistributionMessage))
    }
}
