/// The bytes that start a value on the wire. Below 236 a byte is a token of one byte; 240 to 244 are unused.
enum WireByte {
    static let emptyList: UInt8 = 0
    /// The first of four dictionaries of 256 tokens each.
    static let dictionary0: UInt8 = 236
    static let dictionary3: UInt8 = 239
    /// user, device u16, integrator u16, server.
    static let interopJID: UInt8 = 245
    /// user, device u16, server.
    static let messengerJID: UInt8 = 246
    /// domain u8, device u8, user.
    static let deviceJID: UInt8 = 247
    static let list8: UInt8 = 248
    static let list16: UInt8 = 249
    /// user or empty list, server.
    static let jidPair: UInt8 = 250
    static let hex8: UInt8 = 251
    static let binary8: UInt8 = 252
    static let binary20: UInt8 = 253
    static let binary32: UInt8 = 254
    static let nibble8: UInt8 = 255
}
