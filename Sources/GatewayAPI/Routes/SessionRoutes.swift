import Gateway
import Hummingbird
import StrictJSON

/// Sessions: made, listed, started, stopped, linked by QR code or phone number, deleted (contract 6.3).
struct SessionRoutes: ResourceRoutes {
    func add(to routes: APIRoutes) {
        routes.post(
            "sessions", .unscopedKey(atLeast: .operator),
            Operation(
                .sessions, "Make a session", details: "Start it and scan its code to link it to a phone.",
                body: CreateSessionBody.self, answers: .created(SessionModel.self),
                errors: [.sessionNameTaken, .invalidSessionConfig], examples: [Example(body: #"{"name":"depot-1"}"#)])
        ) { call in
            let body: CreateSessionBody = try call.body()
            let session = try await call.gateway.createSession(
                name: body.name, configurationJSON: body.config?.json)
            return .created(SessionModel(session: session))
        }
        routes.get(
            "sessions", .key(atLeast: .viewer),
            Operation(
                .sessions, "List the sessions", details: "Those that the key reaches, newest first.",
                query: [QueryParameter("name"), .limit(1000), .offset], answers: .list(SessionModel.self),
                errors: [.invalidParameter], examples: [Example(query: "limit=10")])
        ) { call in
            let page = PageRange(reading: call.query)
            return .list(page.part(of: try call.sessions).map(SessionModel.init))
        }
        routes.get(
            "sessions/stats/overview", .key(atLeast: .viewer),
            Operation(
                .sessions, "Count the sessions", details: "Those that the key reaches, by what they are doing.",
                answers: .ok(SessionStatsModel.self))
        ) { call in .ok(SessionStatsModel(sessions: call.reachableSessions)) }
        routes.get(
            "sessions/:sessionId", .key(atLeast: .viewer),
            Operation(.sessions, "Read a session", answers: .ok(SessionModel.self), errors: [.sessionNotFound])
        ) { call in .ok(SessionModel(session: try call.gateway.session(try call.session))) }
        routes.post(
            "sessions/:sessionId/start", .key(atLeast: .operator),
            Operation(
                .sessions, "Start a session",
                details: "It runs until it is stopped, also across restarts of the server.",
                answers: .ok(SessionModel.self), errors: [.sessionNotFound, .sessionAlreadyStarted, .tooManySessions])
        ) { call in .ok(SessionModel(session: try await call.gateway.startSession(try call.session))) }
        routes.get(
            "sessions/:sessionId/qr", .key(atLeast: .operator),
            Operation(
                .sessions, "Read the code to scan", details: "The newest one; WhatsApp changes it about once a minute.",
                answers: .ok(QRCodeModel.self),
                errors: [.sessionNotFound, .sessionNotStarted, .qrNotReady, .sessionAlreadyLinked])
        ) { call in
            let code = try call.gateway.qr(of: try call.session)
            guard let dataURL = QRImage.dataURL(for: code.text) else { throw GatewayError.qrNotReady }
            return .ok(QRCodeModel(dataURL: dataURL, code: code))
        }
        routes.post(
            "sessions/:sessionId/pairing-code", .key(atLeast: .operator),
            Operation(
                .sessions, "Link by phone number",
                details: "Instead of scanning: type the code on the phone, in “Linked devices”, “Link with phone number”.",
                body: PairingCodeBody.self, answers: .created(PairingCodeModel.self),
                errors: [
                    .sessionNotFound, .sessionNotStarted, .sessionNotConnected, .sessionAlreadyLinked, .invalidChatID,
                    .operationRefused, .noAnswer,
                ], examples: [Example(body: #"{"phoneNumber":"628550000001"}"#)])
        ) { call in
            let session = try call.session
            let body: PairingCodeBody = try call.body()
            let answer = try await call.gateway.requestPairingCode(for: body.phoneNumber, session: session)
            return .created(PairingCodeModel(answer: answer))
        }
        routes.post(
            "sessions/:sessionId/stop", .key(atLeast: .operator),
            Operation(
                .sessions, "Stop a session", details: "The login is kept, and so is what waits to be sent.",
                answers: .ok(SessionModel.self), errors: [.sessionNotFound])
        ) { call in .ok(SessionModel(session: try await call.gateway.stopSession(try call.session))) }
        routes.post(
            "sessions/:sessionId/force-kill", .key(atLeast: .operator),
            Operation(
                .sessions, "Stop a session at once", details: "The same as stop, for one that runs.",
                answers: .ok(SessionModel.self), errors: [.sessionNotFound, .sessionNotStarted])
        ) { call in
            guard try call.gateway.session(try call.session).engineLoaded else { throw GatewayError.sessionNotStarted }
            return .ok(SessionModel(session: try await call.gateway.stopSession(try call.session)))
        }
        routes.post(
            "sessions/:sessionId/logout", .key(atLeast: .operator),
            Operation(
                .sessions, "Log a session out",
                details: "Unlinks it from the phone and erases the login; messages stay.",
                answers: .ok(SessionModel.self),
                errors: [.sessionNotFound, .sessionNotStarted, .sessionLogoutIncomplete])
        ) { call in .ok(SessionModel(session: try await call.gateway.logoutSession(try call.session))) }
        routes.get(
            "sessions/:sessionId/config", .key(atLeast: .viewer),
            Operation(
                .sessions, "Read a session's settings", answers: .ok(SessionConfigModel.self), errors: [.sessionNotFound])
        ) { call in .ok(SessionConfigModel(configuration: try call.gateway.configuration(ofSession: try call.session))) }
        routes.patch(
            "sessions/:sessionId/config", .key(atLeast: .operator),
            Operation(
                .sessions, "Change a session's settings",
                details: """
                    What is given; `null` takes a setting back. Calls are declined from now on, settings of reconnecting count from \
                    the next start.
                    """,
                body: SessionConfigBody.self, answers: .ok(SessionConfigModel.self), errors: [.sessionNotFound],
                examples: [Example(body: #"{"autoRejectCalls":true}"#)])
        ) { call in
            let body: SessionConfigBody = try call.body()
            return .ok(
                SessionConfigModel(
                    configuration: try await call.gateway.configure(body.change, session: try call.session)))
        }
        routes.delete(
            "sessions/:sessionId", .key(atLeast: .operator),
            Operation(
                .sessions, "Delete a session", details: "With everything kept for it. Log it out first.",
                answers: .noContent, errors: [.sessionNotFound])
        ) { call in
            try await call.gateway.deleteSession(try call.session)
            return .noContent
        }
    }
}

extension APICall {
    /// The sessions that the caller's key reaches, and that a `name` in the query picks.
    fileprivate var sessions: [SessionRecord] {
        get throws(APIError) {
            let names = query.values(of: "name")
            guard let name = names.first else { return reachableSessions }
            guard names.count == 1, query["name"] != nil else {
                throw .invalidParameter("name must be a single non-empty value")
            }
            return reachableSessions.filter { $0.name.isExactly(name) }
        }
    }

    /// Those that the caller's key reaches.
    fileprivate var reachableSessions: [SessionRecord] {
        gateway.sessions(limit: .max).filter { caller?.reaches(sessionID: $0.id) ?? false }
    }
}
