import Storage
import WABinary
import WAClient
import WAProtocol

/// Writes down the file that a received message brings, in the transaction that stores the message.
struct InboundMediaRecording: Sendable {
    var limits = InboundMediaLimits()
    /// Tells the session's lane that there is something to fetch.
    var wake: @Sendable () -> Void = {}

    /// - Parameters:
    ///   - messageSeq: The message's row, new.
    ///   - isHistory: Files of the past are fetched when somebody asks for one.
    func record(
        _ message: ReceivedMessage, messageSeq: Int64, isHistory: Bool = false, in sessionID: String,
        nowMilliseconds now: Int64, on connection: any SQLConnection
    ) throws {
        guard case .media(let content) = message.content else { return }
        var start = limits.start(byteCount: content.reference.byteCount, isStatus: message.chat.isStatusBroadcast)
        if isHistory, start.state == .pending { start.state = .remote }
        let media = InboundMedia(
            content, of: .init(sessionID: sessionID, messageSeq: messageSeq), state: start.state, reason: start.reason)
        try InboundMediaStore.insert(media, nowMilliseconds: now, on: connection)
        if start.state == .pending { connection.afterCommit(wake) }
    }
}
