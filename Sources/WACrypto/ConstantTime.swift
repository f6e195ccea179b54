import CSodium

/// Compares two byte strings in a time that depends only on their lengths.
///
/// Lengths are not secret: strings of different length are unequal at once.
package func constantTimeEqual(_ a: [UInt8], _ b: [UInt8]) -> Bool {
    guard a.count == b.count else { return false }
    guard !a.isEmpty else { return true }
    return sodium_memcmp(a, b, a.count) == 0
}
