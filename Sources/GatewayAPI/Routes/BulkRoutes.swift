import Gateway
import Hummingbird
import StrictJSON

/// Many recipients at a time: accepted at once, sent in the background (contract 4).
struct BulkRoutes: ResourceRoutes {
    func add(to routes: APIRoutes) {
        routes.post(
            "sessions/:sessionId/messages/send-bulk", .key(atLeast: .operator), .media,
            Operation(
                .batches, "Send to many recipients",
                details: "Answers at once and sends in the background, also over a restart of the server.",
                body: SendBulkBody.self, headers: [.idempotencyKey], answers: .accepted(BatchTicketModel.self),
                errors: [
                    .sessionNotActive, .sessionNotConnected, .invalidChatID, .templateNotFound, .renderedTextTooLong,
                    .batchIDTaken, .tooManyBatches, .mediaTooLarge, .idempotencyKeyInvalid, .idempotencyKeyReused,
                    .idempotencyKeyInProgress, .storageFull, .shuttingDown,
                ],
                examples: [
                    Example(
                        "Two texts",
                        body: #"""
                            {"messages":[
                              {"chatId":"628111111111@c.us","type":"text","content":{"text":"Hi {{name}}"},"variables":{"name":"Alice"}},
                              {"chatId":"628222222222@c.us","type":"text","content":{"text":"Hi Bob"}}],
                             "options":{"delayBetweenMessages":3000,"randomizeDelay":true,"stopOnError":false}}
                            """#)
                ])
        ) { call in
            let body: SendBulkBody = try call.body()
            guard body.problems.isEmpty else { throw APIError.invalidBody(body.problems) }
            let request = BatchRequest(
                batchID: body.batchID, items: body.items, pace: body.pace,
                identity: try call.identity(of: SendBulkBody.self, route: "send-bulk"))
            let session = try call.session
            let ticket = try await call.gateway.sendBatch(request, session: session)
            var reply = APIReply(
                status: .accepted, json: JSONWriter.bytes(of: BatchTicketModel(ticket: ticket, session: session)))
            reply.tellReplay(ticket.isReplay)
            return reply
        }
        routes.get(
            "sessions/:sessionId/messages/batch/:batchId", .key(atLeast: .viewer),
            Operation(
                .batches, "Read how far a batch is", answers: .ok(BatchReportModel.self), errors: [.batchNotFound])
        ) { call in
            let report = try await call.gateway.batch(try call.parameter("batchId"), session: try call.session)
            return .ok(BatchReportModel(report: report, showsResults: true))
        }
        routes.post(
            "sessions/:sessionId/messages/batch/:batchId/cancel", .key(atLeast: .operator),
            Operation(
                .batches, "Cancel a batch", details: "Nothing more of it is sent; what was sent stays sent.",
                answers: .ok(BatchReportModel.self), errors: [.batchNotFound, .batchOver])
        ) { call in
            let report = try await call.gateway.cancelBatch(
                try call.parameter("batchId"), session: try call.session)
            return .ok(BatchReportModel(report: report, showsResults: false))
        }
    }
}
