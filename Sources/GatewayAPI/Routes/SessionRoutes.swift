import Gateway
import Hummingbird

/// Sessions: made, listed, started, stopped, linked by QR code, deleted (contract 6.3).
struct SessionRoutes: ResourceRoutes {
    func add(to routes: APIRoutes) {
        routes.get("sessions", .key(atLeast: .viewer)) { call in
            let page = PageRange(reading: call.query)
            return .list(page.part(of: call.sessions).map(SessionModel.init))
        }
        routes.post("sessions", .unscopedKey(atLeast: .operator)) { call in
            let body: CreateSessionBody = try call.body()
            let session = try await call.gateway.createSession(
                name: body.name, configurationJSON: body.config?.json)
            return .created(SessionModel(session: session))
        }
        routes.get("sessions/:sessionId", .key(atLeast: .viewer)) { call in
            .ok(SessionModel(session: try call.gateway.session(try call.session)))
        }
        routes.post("sessions/:sessionId/start", .key(atLeast: .operator)) { call in
            .ok(SessionModel(session: try await call.gateway.startSession(try call.session)))
        }
        routes.post("sessions/:sessionId/stop", .key(atLeast: .operator)) { call in
            .ok(SessionModel(session: try await call.gateway.stopSession(try call.session)))
        }
        routes.post("sessions/:sessionId/logout", .key(atLeast: .operator)) { call in
            .ok(SessionModel(session: try await call.gateway.logoutSession(try call.session)))
        }
        routes.delete("sessions/:sessionId", .key(atLeast: .operator)) { call in
            try await call.gateway.deleteSession(try call.session)
            return .noContent
        }
        routes.get("sessions/:sessionId/qr", .key(atLeast: .operator)) { call in
            let code = try call.gateway.qr(of: try call.session)
            guard let dataURL = QRImage.dataURL(for: code.text) else { throw GatewayError.qrNotReady }
            return .ok(QRCodeModel(dataURL: dataURL, code: code))
        }
    }
}

extension APICall {
    /// The sessions that the caller's key reaches, and that a `name` in the query picks.
    fileprivate var sessions: [SessionRecord] {
        let name = query["name"]
        return gateway.sessions(limit: .max).filter { session in
            (caller?.reaches(sessionID: session.id) ?? false) && (name == nil || session.name == name)
        }
    }
}
