import WAProto

/// What a phone shows about this device in its list of linked devices, and what history it is asked for.
///
/// The bytes are a `DeviceProps` message inside the registration payload. Source: protocol reference 1.4.
package struct CompanionProperties: Equatable, Sendable {
    package enum Platform: Sendable {
        case unknown, chrome, firefox, edge, safari, desktop

        var proto: WADeviceProps.PlatformType {
            switch self {
            case .unknown: .unknown
            case .chrome: .chrome
            case .firefox: .firefox
            case .edge: .edge
            case .safari: .safari
            case .desktop: .desktop
            }
        }
    }

    /// The name in the phone's list.
    package var name: String
    package var platform: Platform
    /// Whether the phone sends years of history instead of months.
    package var wantsFullHistory: Bool

    package init(name: String, platform: Platform = .unknown, wantsFullHistory: Bool = false) {
        self.name = name
        self.platform = platform
        self.wantsFullHistory = wantsFullHistory
    }

    /// The kind that QR codes and pairing by code must name for the same platform.
    package var clientKind: ClientKind {
        switch platform {
        case .unknown: .otherWebClient
        case .chrome: .chrome
        case .firefox: .firefox
        case .edge: .edge
        case .safari: .safari
        case .desktop: .electron
        }
    }

    /// What a pairing by code says of us. The server admits common browsers alone, written “Browser (OS)”, so what is no
    /// browser goes as Chrome. Source: protocol reference 3.2.
    package var codePairingKind: (kind: ClientKind, display: String) {
        switch platform {
        case .unknown, .chrome, .desktop: (.chrome, "Chrome (Linux)")
        case .firefox: (.firefox, "Firefox (Linux)")
        case .edge: (.edge, "Edge (Linux)")
        case .safari: (.safari, "Safari (Mac OS)")
        }
    }

    package var bytes: [UInt8] {
        var properties = WADeviceProps()
        properties.os = name
        properties.version.primary = 0
        properties.version.secondary = 1
        properties.version.tertiary = 0
        properties.platformType = platform.proto
        properties.requireFullSync = wantsFullHistory
        var history = WADeviceProps.HistorySyncConfig()
        history.storageQuotaMb = 10_240
        history.inlineInitialPayloadInE2EeMsg = true
        history.supportCallLogHistory = true
        history.supportBotUserAgentChatHistory = true
        history.supportCagReactionsAndPolls = true
        history.supportBizHostedMsg = true
        history.supportRecentSyncChunkMessageCountTuning = true
        history.supportHostedGroupMsg = true
        history.supportFbidBotChatHistory = true
        history.supportMessageAssociation = true
        history.supportGroupHistory = true
        history.thumbnailSyncDaysLimit = 60
        properties.historySyncConfig = history
        return properties.encoded()
    }
}
