import Storage
package import WABinary
import WAProtocol

// Calls are only followed and declined; nobody talks here. Source: protocol reference 5.11.
extension WhatsAppClient {
    /// Declines a call that rings, on all our devices; nothing is told when it does not ring any more.
    ///
    /// Throws `ClientError.notConnected`.
    package func rejectCall(id: String, from caller: JID) async throws {
        let connection = try connected()
        let (account, recorder, now) = (account, recorder, environment.nowMilliseconds())
        let answer = try await database.write { sql -> (creator: JID, own: JID, event: ClientEvent?)? in
            guard let credentials = try DeviceStore(account: account).load(on: sql), let linked = credentials.linked else {
                return nil
            }
            let calls = CallReceiver(account: account, credentials: credentials, recorder: recorder)
            let creator = try calls.creator(of: id, on: sql) ?? AddressMapStore(account: account).lid(of: caller, on: sql) ?? caller
            let event = try calls.reject(id, nowMilliseconds: now, on: sql).map(ClientEvent.call)
            if let event { try recorder(sql, event) }
            return (creator, creator.isLID ? linked.lid ?? linked.phone : linked.phone, event)
        }
        guard let answer else { throw ClientError.notLinked }
        connection.send(
            RejectCallStanza(callID: id, creator: answer.creator, own: answer.own, id: connection.nextRequestID()).node)
        if let event = answer.event { announce(event) }
    }
}
