/// The way from an X25519 public key to the Edwards25519 point that checks its signatures.
///
/// For public keys only: the running time depends on the value.
enum MontgomeryToEdwards {
    /// The 32-byte y coordinate y = (u − 1) / (u + 1), without a sign bit.
    ///
    /// Nil when u is not a number below p = 2^255 − 19, or when the point has small order.
    static func yCoordinate(ofPublicKey u: [UInt8]) -> [UInt8]? {
        guard !smallOrder.contains(u), let u = FieldElement(canonical: u) else { return nil }
        return (u.subtracting(.one)).multiplied(by: u.adding(.one).inverted()).bytes
    }

    /// The u coordinates of the points of order 1, 2, 4 and 8, on the curve and on its twist.
    ///
    /// The last two are the points of order 8; p − 1 is on the twist, and would divide by zero.
    private static let smallOrder: [[UInt8]] = [
        FieldElement.zero,
        FieldElement.one,
        FieldElement.zero.subtracting(FieldElement.one),
        FieldElement(0xAEB8_413B_7C7A_EBE0, 0x6AC4_9FF1_FAE3_5616, 0xFDB1_329C_EB8D_09DA, 0x00B8_495F_1605_6286),
        FieldElement(0x248C_50A3_BC95_9C5F, 0x5BEF_839C_55B1_D0B1, 0x868E_1C58_C45C_4404, 0x5711_9FD0_DD4E_22D8),
    ].map(\.bytes)
}
