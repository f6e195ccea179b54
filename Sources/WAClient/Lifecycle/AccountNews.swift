/// Wakes the work beside the stanzas (`AccountWork`): rows for it were committed.
final class AccountNews: Sendable {
    let appState = WakeUp()
    let history = WakeUp()
}
