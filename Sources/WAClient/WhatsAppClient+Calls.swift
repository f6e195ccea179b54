import Storage
import WABinary
import WAProtocol

// Calls are only followed and declined; nobody talks here. Source: protocol reference 5.11.
extension WhatsAppClient {
    /// Declines a call that rings, on all our devices.
    ///
    /// Answers false when no such call rings, or not any more. Throws `ClientError.notConnected`.
    package func rejectCall(id: String) async throws -> Bool {
        let connection = try connected()
        let (account, recorder, now) = (account, recorder, environment.nowMilliseconds())
        let answer = try await database.write { sql -> (creator: JID, own: JID, event: ClientEvent)? in
            guard let credentials = try DeviceStore(account: account).load(on: sql), let linked = credentials.linked else {
                throw ClientError.notLinked
            }
            let calls = CallReceiver(account: account, credentials: credentials, recorder: recorder)
            guard let creator = try calls.creator(of: id, on: sql),
                let event = try calls.reject(id, nowMilliseconds: now, on: sql).map(ClientEvent.call)
            else { return nil }
            try recorder(sql, event)
            return (creator, creator.isLID ? linked.lid ?? linked.phone : linked.phone, event)
        }
        guard let answer else { return false }
        connection.send(
            RejectCallStanza(callID: id, creator: answer.creator, own: answer.own, id: connection.nextRequestID()).node)
        announce(answer.event)
        return true
    }
}
