/// Totals since the simulator started.
package struct SimulatorCounters: Sendable, Equatable {
    package var connections = 0
    package var registrations = 0
    package var logins = 0
    package var refusedLogins = 0
    package var stanzasReceived = 0
    package var stanzasSent = 0
    package var messagesAccepted = 0
    package var repeatedMessages = 0
    package var messagesDecrypted = 0
    package var messagesUndecryptable = 0
    package var retriesRequested = 0
    /// Files that devices of the simulator downloaded and found good.
    package var mediaDownloaded = 0
    package var preKeysGivenOut = 0
    package var violations = 0
    /// Of all plans so far.
    package var faults = 0
    /// Requests answered with 501, by xmlns and child tag: the client asked for something the simulator does not know.
    package var unknownRequests: [String: Int] = [:]
    /// Requests that were refused on purpose.
    package var refusedRequests = 0
    package var unifiedSessions = 0
    /// Stanzas of unknown kinds, by tag.
    package var unknownStanzas: [String: Int] = [:]

    package init() {}
}
