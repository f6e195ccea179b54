package import SignalProtocol

/// Why a message could not be read, as a retry receipt tells its sender.
package enum RetryReason: Int, Sendable {
    case unknown = 0
    case noSession = 1
    case invalidKey = 2
    case invalidKeyID = 3
    case invalidMessage = 4
    case invalidSignature = 5
    case futureMessage = 6
    case badMAC = 7
    case invalidSession = 8
    case invalidMessageKey = 9
    case badBroadcastEphemeralSetting = 10
    case unknownCompanionNoPreKey = 11
    case deviceIdentityFailed = 12
    case statusRevokeDelay = 13

    package init(_ error: SignalError) {
        switch error {
        case .invalidMessage, .unsupportedVersion: self = .invalidMessage
        case .invalidKey: self = .invalidKey
        case .badMAC: self = .badMAC
        case .invalidSignature: self = .invalidSignature
        case .messageTooFarAhead: self = .futureMessage
        case .noSession, .noSenderKey: self = .noSession
        case .missingPreKey, .missingSignedPreKey: self = .invalidKeyID
        case .duplicateMessage, .olderThanSenderKey: self = .invalidMessageKey
        case .noSigningKey, .chainExhausted, .corruptRecord: self = .invalidSession
        }
    }
}
