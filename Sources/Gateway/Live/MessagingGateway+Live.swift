/// What live channels need besides the log and its feed.
extension MessagingGateway {
    /// The record of a key by its id, as it is now; nil when the key was deleted. Costs no SQL.
    package func currentAPIKey(_ id: String) -> APIKeyRecord? { keyring.record(id: id) }

    /// The clock that waiting is measured with.
    package var clock: any Clock<Duration> { environment.clock }
    package var nowMilliseconds: Int64 { environment.nowMilliseconds }
}
