import StrictJSON

/// The `Retry-After` header: seconds, or an HTTP date such as `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110, 10.2.3).
enum RetryAfter {
    /// - Returns: nil for what is neither; a time that is past is 0.
    static func seconds(_ text: String, nowMilliseconds now: Int64) -> Int64? {
        if let seconds = Int64(text) { return max(0, seconds) }
        let parts = text.split(separator: " ")
        guard parts.count == 6, parts[5] == "GMT", let month = months.firstIndex(of: String(parts[2])) else { return nil }
        let padded = month + 1 < 10 ? "0\(month + 1)" : "\(month + 1)"
        let day = parts[1].utf8.count == 1 ? "0\(parts[1])" : String(parts[1])
        guard let time = ISO8601Text.milliseconds(parsing: "\(parts[3])-\(padded)-\(day)T\(parts[4])Z") else { return nil }
        return max(0, (time - now + 999) / 1000)
    }

    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
}
