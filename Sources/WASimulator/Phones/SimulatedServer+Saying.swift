import FoundationEssentials
import WABinary
package import WAProto

/// What devices of the simulator say: to a person, in a group, to whoever sees status posts, in a channel.
extension SimulatedServer {
    /// As which status posts are spoken to, beside numbers of phones and ids of groups and channels.
    package static let statusName = "status"

    /// Says a text to everybody of an account, or in a group. Returns the message id.
    ///
    /// - Parameter number: of the account, or the id of a group or channel, or `status`.
    /// - Parameter addressing: the name of the recipient on the stanza; either leads to the same person.
    package func say(
        _ text: String, from address: DeviceAddress, to number: String, addressing: Addressing = .lid
    ) throws(SimulatorError) -> String {
        var message = WAMessage()
        message.conversation = text
        return try say(message, from: address, to: number, addressing: addressing)
    }

    /// The same with any content.
    package func say(
        _ message: WAMessage, from address: DeviceAddress, to number: String, addressing: Addressing = .lid
    ) throws(SimulatorError) -> String {
        try say(Speech(message), from: address, to: number, addressing: addressing)
    }

    /// The same with anything a person says or does.
    package func say(
        _ utterance: Utterance, from address: DeviceAddress, to number: String, addressing: Addressing = .lid
    ) throws(SimulatorError) -> String {
        let chat =
            number == Self.statusName
            ? .statusBroadcast
            : groups[number]?.jid ?? channels[number]?.jid ?? accounts[number]?.jid(addressing)
        guard let chat else { throw .unknownRecipient(number) }
        let speech = try endpoint(address).speech(saying: utterance, in: chat, in: self)
        return try say(speech, from: address, to: number, addressing: addressing)
    }

    private func say(
        _ speech: Speech, from address: DeviceAddress, to number: String, addressing: Addressing
    ) throws(SimulatorError) -> String {
        let device = try device(address)
        let endpoint = try endpoint(address)
        guard endpoint.isPoweredOn else { throw .poweredOff(address.number) }
        let id = makeMessageID()
        if let channel = channels[number] {
            endpoint.say(speech, id: try channelMessageID(of: speech, fresh: id), in: channel, as: device, in: self)
            return id
        }
        var speech = speech
        if !speech.isSentAsItIs { speech.message.messageContextInfo.messageSecret = Data(random.bytes(32)) }
        if number == Self.statusName {
            endpoint.say(speech, id: id, to: statusAudience(of: account(of: device)), as: device, in: self)
        } else if let group = groups[number] {
            try checkMayWrite(address.number, in: group)
            endpoint.say(speech, id: id, to: Audience(group, in: self), as: device, in: self)
        } else if let recipient = accounts[number] {
            endpoint.say(speech, id: id, to: recipient, addressing: addressing, as: device, in: self)
            giveTokenOnWriting(account(of: device), to: recipient)
        } else {
            throw .unknownRecipient(number)
        }
        return id
    }
}
