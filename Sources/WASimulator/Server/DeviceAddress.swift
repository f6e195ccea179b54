import WABinary

/// One device of one account: the account's phone number in digits, and the device number (0 is the phone).
package struct DeviceAddress: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let number: String
    package let device: UInt16

    package init(_ number: String, _ device: UInt16 = 0) {
        self.number = number
        self.device = device
    }

    package var description: String { "\(number):\(device)" }

    package static func < (one: DeviceAddress, other: DeviceAddress) -> Bool {
        (one.number, one.device) < (other.number, other.device)
    }
}

/// The two names every account has: its phone number, and the hidden user id.
package enum Addressing: String, Sendable, CaseIterable {
    case phoneNumber
    case lid

    package var other: Addressing { self == .lid ? .phoneNumber : .lid }

    var server: JID.Server { self == .lid ? .lid : .user }
}
