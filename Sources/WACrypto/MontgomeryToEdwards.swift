/// The way from an X25519 public key to the Edwards25519 point that checks its signatures, and back.
///
/// For public keys only: the running time depends on the value.
enum MontgomeryToEdwards {
    /// The 32-byte y coordinate y = (u − 1) / (u + 1), without a sign bit.
    ///
    /// Nil when u is not a number below p = 2^255 − 19, or when the point has small order.
    static func yCoordinate(ofPublicKey u: [UInt8]) -> [UInt8]? {
        guard let u = FieldElement(canonical: u), !smallOrder.contains(u) else { return nil }
        return (u.subtracting(.one)).multiplied(by: u.adding(.one).inverted()).bytes
    }

    /// The X25519 public key u = (1 + y) / (1 − y) of a compressed point; nil when y is not below p, or is 1.
    static func uCoordinate(ofPoint point: [UInt8]) -> [UInt8]? {
        var y = point
        y[31] &= 0x7F
        guard let y = FieldElement(canonical: y), y != .one else { return nil }
        return FieldElement.one.adding(y).multiplied(by: FieldElement.one.subtracting(y).inverted()).bytes
    }

    /// The u coordinates of the points of order 1, 2, 4 and 8, on the curve and on its twist.
    ///
    /// The last two are the points of order 8; p − 1 is on the twist, and would divide by zero.
    private static let smallOrder: [FieldElement] = [
        .zero,
        .one,
        FieldElement.zero.subtracting(.one),
        FieldElement(0xAEB8_413B_7C7A_EBE0, 0x6AC4_9FF1_FAE3_5616, 0xFDB1_329C_EB8D_09DA, 0x00B8_495F_1605_6286),
        FieldElement(0x248C_50A3_BC95_9C5F, 0x5BEF_839C_55B1_D0B1, 0x868E_1C58_C45C_4404, 0x5711_9FD0_DD4E_22D8),
    ]
}
