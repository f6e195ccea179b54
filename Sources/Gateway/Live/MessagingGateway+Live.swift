import StrictJSON

/// What live channels need besides the log and its feed.
extension MessagingGateway {
    /// The record of a key by its id, as it is now; nil when the key was deleted. Costs no SQL.
    package func currentAPIKey(_ id: String) -> APIKeyRecord? { keyring.record(id: id) }

    /// The clock that waiting is measured with.
    package var clock: any Clock<Duration> { environment.clock }
    package var nowMilliseconds: Int64 { environment.nowMilliseconds }

    /// An event's data with the bytes of its file in it, where that is here and not too large.
    ///
    /// A file that is still coming is waited for until some time after the event, so that events behind it are late by no
    /// more than that, however many files come.
    package func dataWithMedia(of record: EventRecord, patience: Duration, maximumByteCount: Int) async -> String {
        guard let row = record.mediaRow,
            let state = try? await mediaShelf.media(of: row, in: record.sessionID)?.state
        else { return record.data }
        let age = Duration.milliseconds(nowMilliseconds - record.occurredAtMilliseconds)
        if !state.isSettled, patience > age {
            _ = try? await mediaShelf.settledMedia(of: row, in: record.sessionID, waiting: patience - age, clock: clock)
        }
        guard
            let media = try? await mediaShelf.inline(row, in: record.sessionID, maximumByteCount: maximumByteCount),
            case .object(let data)? = try? JSONReader.read(Array(record.data.utf8))
        else { return record.data }
        var members = data.members.filter { $0.name != "media" }
        let place = data.members.firstIndex { $0.name == "media" } ?? members.endIndex
        members.insert(JSONObject.Member(name: "media", value: .object(media)), at: place)
        return JSONObject(members).json
    }
}
