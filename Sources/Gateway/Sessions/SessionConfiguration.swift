package import StrictJSON

/// What can be set for each session (contract 6.3).
///
/// ```
/// {"autoRejectCalls":false,"maxReconnectAttempts":null,"reconnectBaseDelay":1000}
/// ```
/// Other keys of a session's `config` are kept as they are and mean nothing.
package struct SessionConfiguration: Sendable, Equatable {
    /// Whether every call is declined as soon as it rings; at once.
    package var rejectsCalls = false
    /// After so many vain attempts in a row to connect again the session has failed; nil for never, 0 for no attempt. From the
    /// next start on.
    package var maximumReconnectAttempts: Int?
    /// What the growing waits between attempts count in; nil for the client's own second. From the next start on.
    package var reconnectBaseMilliseconds: Int64?

    package static let reconnectAttempts: ClosedRange<Int64> = 0...20
    package static let reconnectBase: ClosedRange<Int64> = 1_000...300_000

    package init() {}

    /// Reads the keys that mean something; absent and null ones have their defaults.
    ///
    /// - Throws: `GatewayError.invalidSessionConfiguration` naming the key.
    package init(_ object: JSONObject) throws(GatewayError) {
        switch object["autoRejectCalls"] {
        case nil, .null: break
        case .boolean(let flag): rejectsCalls = flag
        default: throw .invalidSessionConfiguration("config.autoRejectCalls must be a boolean value")
        }
        maximumReconnectAttempts = try Self.integer("maxReconnectAttempts", in: object, Self.reconnectAttempts).map(Int.init)
        reconnectBaseMilliseconds = try Self.integer("reconnectBaseDelay", in: object, Self.reconnectBase)
    }

    private static func integer(
        _ name: String, in object: JSONObject, _ range: ClosedRange<Int64>
    ) throws(GatewayError) -> Int64? {
        switch object[name] {
        case nil, .null: return nil
        case .number(let number):
            guard let value = number.integer else { break }
            guard value >= range.lowerBound else {
                throw .invalidSessionConfiguration("config.\(name) must not be less than \(range.lowerBound)")
            }
            guard value <= range.upperBound else {
                throw .invalidSessionConfiguration("config.\(name) must not be greater than \(range.upperBound)")
            }
            return value
        default: break
        }
        throw .invalidSessionConfiguration("config.\(name) must be an integer number")
    }

    /// As stored; what an older version stored unchecked counts as not set.
    init(stored json: String?) {
        guard let object = Self.object(json), let configuration = try? SessionConfiguration(object) else { return }
        self = configuration
    }

    /// The stored keys, those without meaning too.
    static func object(_ json: String?) -> JSONObject? {
        guard let json, case .object(let object)? = try? JSONReader.read(Array(json.utf8)) else { return nil }
        return object
    }
}
