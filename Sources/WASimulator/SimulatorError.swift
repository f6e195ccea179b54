/// Why something asked of the simulator by its owner cannot be done.
package enum SimulatorError: Error, Equatable, Sendable {
    /// No phone has this number; add it first.
    case unknownPhone(String)
    /// A phone with this number exists already.
    case phoneExists(String)
    /// The number is not 7 to 15 digits starting with 1 to 9.
    case invalidNumber(String)
    /// The account has no such device, or it is not one that lives in the simulator.
    case unknownDevice(DeviceAddress)
    /// The account has as many companions as addresses have room for.
    case tooManyDevices(String)
    /// The text is not a pairing QR text.
    case unreadableQRCode
    /// A QR text of four fields, which current phones refuse.
    case outdatedQRCode
    /// The ref is unknown, used, or its connection is gone: the client shows a newer code.
    case expiredQRCode
    /// The QR text names other keys than the connection it belongs to.
    case foreignQRCode
    /// What was typed is not eight characters of the alphabet of pairing codes.
    case unreadablePairingCode
    /// No client waits for a pairing code of this phone: none asked, its ref is used up, or its connection is gone.
    case noPairingCode(String)
    /// The phone has no power.
    case poweredOff(String)
    /// Nobody answers to this address.
    case unknownRecipient(String)
    /// The device has no connection at the moment.
    case notConnected(DeviceAddress)
    /// There is no group with this id.
    case unknownGroup(String)
    case groupExists(String)
    /// The id is not 16 to 20 digits.
    case invalidGroup(String)
    /// The server refuses it, with the code a client would be told: 401 for admins only, 403 not a member, and so on.
    case refusedInGroup(code: Int, String)
    /// The phone holds no message with this id.
    case unknownMessage(String)
    /// The message has no file.
    case noMedia(String)
    /// The message offers no such choice: it is no poll, list or event, or not one with these options.
    case noSuchOption(String)
    /// The message carries no secret with which something could be added to it.
    case noSecret(String)
    /// There is no channel with this id.
    case unknownChannel(String)
    /// There is no call with this id, or not for this phone.
    case unknownCall(String)
    /// The call is over, or answered already.
    case callIsSettled(String)
    /// A figure of a past cannot be; the field that names it.
    case wrongFigure(String)
    /// The phone has no past.
    case noHistory(String)
    /// The past has no such chat.
    case unknownChat(String)
    /// App state has no such collection.
    case unknownCollection(String)
    /// The bytes are no value of app state.
    case unreadableValue
    /// The picture is empty or too large.
    case unusablePicture
}
