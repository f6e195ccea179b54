/// The byte in front of every Signal message: the version of the message, then the newest version the sender knows.
enum WireVersion {
    /// 3 and 3, the only pair in use.
    static let byte: UInt8 = 0x33

    /// Returns what follows the version byte.
    ///
    /// Only the high nibble decides: a sender that knows newer versions still writes version 3.
    static func stripped(from bytes: [UInt8]) throws(SignalError) -> ArraySlice<UInt8> {
        guard let first = bytes.first else { throw .invalidMessage }
        guard first >> 4 == 3 else { throw .unsupportedVersion(first >> 4) }
        return bytes[1...]
    }
}
