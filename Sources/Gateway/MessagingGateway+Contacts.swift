import WABinary
import WAClient
import WAProtocol

extension MessagingGateway {
    /// Asks WhatsApp whether a number has an account.
    ///
    /// - Parameter number: As people write it; everything but digits is left out.
    /// - Throws: `GatewayError.sessionNotStarted`, `.sessionNotConnected`, `.noAnswer`, `.invalidChatID` when no digit is left.
    package func checkContact(_ number: String, session idOrName: String) async throws -> ContactCheckResult {
        let (_, client) = try connectedClient(idOrName)
        let digits = String(number.prefix { $0 != "@" }.filter { $0.isASCII && $0.isNumber })
        guard (5...15).contains(digits.count) else { throw GatewayError.invalidChatID(field: "number", given: number) }
        do {
            guard let answer = try await client.checkOnWhatsApp([digits]).first else { throw GatewayError.noAnswer }
            let id = answer.isOnWhatsApp ? answer.phone.map(ChatID.neutral) ?? "\(digits)@c.us" : nil
            return ContactCheckResult(number: digits, exists: answer.isOnWhatsApp, whatsappID: id)
        } catch {
            throw Self.gatewayError(of: error)
        }
    }

    /// The client of a session that is started and linked, for questions that need a live answer.
    func connectedClient(_ idOrName: String) throws(GatewayError) -> (GatewaySession, WhatsAppClient) {
        guard let session = directory[idOrName], session.lifecycle.engine == .running, let engine = session.engine
        else {
            throw .sessionNotStarted
        }
        guard session.status == .ready else { throw .sessionNotConnected }
        return (session, engine.client)
    }

    static func gatewayError(of error: any Error) -> any Error {
        if let refusal = error as? IQError {
            // What the server cannot do now it may do later.
            let isForNow = refusal.code >= 500 || refusal.code == 408 || refusal.code == 429
            return isForNow ? GatewayError.noAnswer : GatewayError.refusedByWhatsApp(code: refusal.code)
        }
        return switch error as? ClientError {
        case .notConnected, .notLinked: GatewayError.sessionNotConnected
        case .timedOut, .connectionLost, .unreachable, .upgradeRefused, .overloaded, .noAppStateKey, .phoneUnreachable:
            GatewayError.noAnswer
        case .notAGroupMember, .noPushName, nil: error
        }
    }
}
