import Gateway
import HTTPTypes
import Hummingbird
import StrictJSON

/// How a caller wants a send to be done, besides what is sent: the headers that every send understands.
struct SendTerms: Sendable {
    /// `Idempotency-Key` and `X-OpenWA-Message-Id`, with what the request says.
    let identity: RequestIdentity?
    /// `Prefer: respond-async` does not wait for WhatsApp's acknowledgement.
    let wait: SendWait
}

extension APIRoutes {
    /// A route that sends one message and answers 201 once it cannot be lost any more (architecture decision 3).
    func send<Body: RequestModel>(
        _ name: String, _ summary: String, details: String? = nil, errors: [ErrorCode] = [], examples: [Example],
        reading: BodyReading = .collected,
        _ perform: @escaping @Sendable (APICall, Body, SendTerms) async throws -> SendResult
    ) {
        post(
            RouterPath("sessions/:sessionId/messages/\(name)"), .key(atLeast: .operator), reading,
            .send(
                summary, details: details, body: Body.self, acceptsFiles: reading == .media, errors: errors,
                examples: examples)
        ) { call in
            let body: Body = try call.body()
            let terms = try call.terms(of: Body.self, route: name)
            return try await call.sent(perform(call, body, terms), .created, terms)
        }
    }

    /// A route that changes a message and answers 200 with `{"success":true}`.
    func act<Body: RequestModel>(
        _ name: String, _ summary: String, details: String? = nil, errors: [ErrorCode], examples: [Example],
        _ perform: @escaping @Sendable (APICall, Body, SendTerms) async throws -> ActionResult
    ) {
        post(
            RouterPath("sessions/:sessionId/messages/\(name)"), .key(atLeast: .operator),
            .send(
                summary, details: details, body: Body.self, answers: .ok(SuccessModel.self), errors: errors,
                examples: examples)
        ) { call in
            let body: Body = try call.body()
            let terms = try call.terms(of: Body.self, route: name)
            let result = try await perform(call, body, terms)
            var reply = APIReply.ok(SuccessModel(success: true))
            reply.tell(terms, acknowledged: result.acknowledged, isReplay: result.isReplay)
            return reply
        }
    }
}

extension APICall {
    /// - Throws: `APIError.invalidIdempotencyKey`, `.invalidMessageID`.
    func terms<Body: RequestModel>(of body: Body.Type, route: String) throws(APIError) -> SendTerms {
        SendTerms(identity: try identity(of: body, route: route), wait: prefersAsync ? .none : .configured)
    }

    func send(
        _ content: OutgoingMessage, to chatID: String, quoting quoted: String?, _ terms: SendTerms
    ) async throws -> SendResult {
        try await gateway.send(
            SendRequest(chatID: chatID, content: content, quotedMessageID: quoted, identity: terms.identity),
            session: session, waiting: terms.wait)
    }

    func sent(_ result: SendResult, _ status: HTTPResponse.Status, _ terms: SendTerms) -> APIReply {
        var reply = APIReply(status: status, json: JSONWriter.bytes(of: SentModel(result: result)))
        reply.tell(terms, acknowledged: result.acknowledged, isReplay: result.isReplay)
        return reply
    }

    /// What makes the request one and the same when it is repeated; nil without either header.
    func identity<Body: RequestModel>(of body: Body.Type, route: String) throws(APIError) -> RequestIdentity? {
        let key = try single(.idempotencyKey, or: .invalidIdempotencyKey) { text in
            (1...255).contains(text.utf8.count) && text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
        }
        let messageID = try single(.openWAMessageID, or: .invalidMessageID) { text in
            (8...64).contains(text.utf8.count)
                && text.utf8.allSatisfy { byte in
                    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                        || (UInt8(ascii: "A")...UInt8(ascii: "F")).contains(byte)
                }
        }
        guard key != nil || messageID != nil else { return nil }
        let canonical = CanonicalJSON.bytes(of: try values(for: Body.fields))
        return RequestIdentity(key: key, messageID: messageID, route: route, canonicalBody: canonical)
    }

    private func single(
        _ name: HTTPField.Name, or error: APIError, _ isValid: (String) -> Bool
    ) throws(APIError) -> String? {
        let values = headers[values: name]
        guard let value = values.first else { return nil }
        guard values.count == 1, isValid(value) else { throw error }
        return value
    }

    /// RFC 7240: a list of preferences, each with optional parameters.
    private var prefersAsync: Bool {
        guard let prefer = headers[.prefer], prefer.utf8.allSatisfy({ $0 < 0x80 }) else { return false }
        return prefer.split(separator: ",").contains { preference in
            let name = preference.split(separator: ";", maxSplits: 1).first ?? ""
            return name.filter { $0 != " " && $0 != "\t" }.lowercased() == "respond-async"
        }
    }
}

extension APIReply {
    /// `X-OpenWA-Ack` says whether WhatsApp has it already, `Idempotent-Replayed` that it was answered before.
    fileprivate mutating func tell(_ terms: SendTerms, acknowledged: Bool, isReplay: Bool) {
        headers[.openWAAck] = acknowledged ? "server" : "pending"
        if terms.wait == .none { headers[.preferenceApplied] = "respond-async" }
        tellReplay(isReplay)
    }

    mutating func tellReplay(_ isReplay: Bool) {
        if isReplay { headers[.idempotentReplayed] = "true" }
    }
}
