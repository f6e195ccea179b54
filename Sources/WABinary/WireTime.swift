/// Times and spans of time that somebody else wrote: a server into an attribute, a stranger into a message.
///
/// They are brought into range where they are read, so that nobody further in multiplies or adds what a sender chose.
/// Everything from 1970 to the end of year 9999 stays as it is, everything else becomes the nearer end. Sums and products
/// of a few such numbers fit into an `Int64` by far.
package enum WireTime {
    /// The last second of year 9999.
    package static let lastSecond: Int64 = 253_402_300_799
    /// The last millisecond of year 9999.
    package static let lastMillisecond: Int64 = 253_402_300_799_999

    /// Unix seconds, or a span in seconds.
    package static func seconds(_ told: some BinaryInteger) -> Int64 {
        min(max(Int64(clamping: told), 0), lastSecond)
    }

    /// Unix milliseconds, or a span in milliseconds.
    package static func milliseconds(_ told: some BinaryInteger) -> Int64 {
        min(max(Int64(clamping: told), 0), lastMillisecond)
    }
}
