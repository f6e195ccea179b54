import StrictJSON

// Events about sessions: contract 12 for the data, 11.2 for the identities.
extension GatewayEvent {
    static func sessionStatus(
        _ status: SessionStatus, of sessionID: String, atMilliseconds now: Int64
    ) -> GatewayEvent {
        var event = session(.sessionStatus, sessionID, now, "sess_\(sessionID)_\(status.rawValue)_\(now)") { json in
            json.add("status", status.rawValue)
        }
        event.told = .status(status)
        return event
    }

    /// - Parameter image: The code as a PNG data URL.
    static func sessionQR(image: String, of sessionID: String, atMilliseconds now: Int64) -> GatewayEvent {
        session(.sessionQR, sessionID, now, "qr_\(sessionID)_" + EventHash.of(image)) { json in
            json.add("qr", image)
        }
    }

    /// The session is logged in.
    static func sessionAuthenticated(
        phone: String?, pushName: String?, of sessionID: String, atMilliseconds now: Int64
    ) -> GatewayEvent {
        let identity = "auth_\(sessionID)_\(EventHash.of(phone ?? "", pushName ?? ""))_\(now)"
        return session(.sessionAuthenticated, sessionID, now, identity) { json in
            json.add("phone", phone.map(JSONValue.string) ?? .null)
            json.add("pushName", pushName.map(JSONValue.string) ?? .null)
        }
    }

    /// The session lost its connection or its login; not when the API asked for that.
    static func sessionDisconnected(
        reason: String, of sessionID: String, atMilliseconds now: Int64
    ) -> GatewayEvent {
        session(.sessionDisconnected, sessionID, now, "disc_\(sessionID)_\(EventHash.of(reason))_\(now)") { json in
            json.add("reason", reason)
        }
    }

    /// Connecting has failed so many times in a row.
    static func reconnectLoop(
        attempts: Int, nextDelayMilliseconds: Int64, of sessionID: String, atMilliseconds now: Int64
    ) -> GatewayEvent {
        session(.sessionReconnectLoop, sessionID, now, "loop_\(sessionID)_\(attempts)_\(now)") { json in
            json.add("attempts", Int64(attempts))
            json.add("nextDelayMs", nextDelayMilliseconds)
        }
    }

    /// WhatsApp bans the account for a time, or no longer does.
    static func ban(isActive: Bool, of sessionID: String, atMilliseconds now: Int64) -> GatewayEvent {
        var event = restriction("tos_block", isActive: isActive, code: 402, of: sessionID, atMilliseconds: now)
        event.told = .ban(isActive: isActive)
        return event
    }

    /// WhatsApp restricts the account, or no longer does.
    static func restriction(
        _ kind: String, isActive: Bool, code: Int64, of sessionID: String, atMilliseconds now: Int64
    ) -> GatewayEvent {
        session(.sessionRestriction, sessionID, now, "restr_\(sessionID)_\(kind)_\(isActive)_\(now)") { json in
            json.add("active", isActive)
            json.add("kind", kind)
            json.add("code", code)
            json.add("expiresAt", JSONValue.null)
        }
    }

    private static func session(
        _ name: EventName, _ sessionID: String, _ now: Int64, _ identity: String,
        _ build: (inout JSONMembers) -> Void
    ) -> GatewayEvent {
        GatewayEvent(
            sessionID: sessionID, name: name, occurredAtMilliseconds: now, identity: identity,
            data: JSONObject { json in
                json.add("sessionId", sessionID)
                build(&json)
            })
    }
}
