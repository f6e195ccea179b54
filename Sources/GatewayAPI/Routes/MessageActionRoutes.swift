import Gateway
import HTTPTypes
import Hummingbird

/// What is done to a message that exists: reactions, deletion, edits (contract 3.6).
struct MessageActionRoutes: ResourceRoutes {
    func add(to routes: APIRoutes) {
        routes.act(
            "react", "React to a message", details: "An empty `emoji` takes the reaction away.",
            errors: [.messageNotFound],
            examples: [
                .about("messageId", "Add", more: #","emoji":"👍""#), .about("messageId", "Remove", more: #","emoji":"""#),
            ]
        ) { (call: APICall, body: ReactBody, terms: SendTerms) in
            try await call.gateway.react(
                body.emoji, to: body.target.with(terms), session: call.session, waiting: terms.wait)
        }
        routes.post(
            "sessions/:sessionId/messages/edit", .key(atLeast: .operator),
            .send(
                "Edit a text", details: "The answer is about the message itself: its id and time stay.",
                body: EditMessageBody.self, answers: .ok(SentModel.self),
                errors: [.messageNotFound, .notOwnMessage, .notEditable],
                examples: [.about(more: #","body":"Hello again from OpenWA!""#)])
        ) { call in
            let body: EditMessageBody = try call.body()
            let terms = try call.terms(of: EditMessageBody.self, route: "edit")
            let result = try await call.gateway.edit(
                body.target.with(terms), to: body.text, session: call.session, waiting: terms.wait)
            return call.sent(result, .ok, terms)
        }
        routes.act(
            "delete", "Delete a message",
            details: "For everyone, or with `forEveryone: false` on the devices of this account only.",
            errors: [.messageNotFound, .notOwnMessage], examples: [.about("messageId", "For everyone", more: "")]
        ) { (call: APICall, body: DeleteMessageBody, terms: SendTerms) in
            let target = body.target.with(terms)
            guard body.isForEveryone else {
                return try await call.gateway.deleteForMe(target, session: call.session)
            }
            return try await call.gateway.deleteForEveryone(target, session: call.session, waiting: terms.wait)
        }
        addMarks(to: routes)
        routes.get(
            "sessions/:sessionId/messages/:chatId/:messageId/reactions", .key(atLeast: .viewer),
            Operation(.messages, "List the reactions to a message", answers: .list(ReactionModel.self), errors: [.invalidChatID])
        ) { call in
            let reactions = try await call.gateway.reactions(
                to: try call.parameter("messageId"), in: try call.parameter("chatId"), session: try call.session)
            return .list(ReactionModel.grouping(reactions))
        }
    }

    private func addMarks(to routes: APIRoutes) {
        routes.act(
            "pin", "Pin a message", details: "At the top of its chat, for everybody, a day unless told otherwise.",
            errors: [.messageNotFound], examples: [.about(more: #","durationSeconds":604800"#)]
        ) { (call: APICall, body: PinMessageBody, terms: SendTerms) in
            try await call.gateway.pin(
                body.target.with(terms), durationSeconds: body.durationSeconds, session: call.session,
                waiting: terms.wait)
        }
        routes.act("unpin", "Loosen a pinned message", errors: [.messageNotFound], examples: [.about(more: "")]) {
            (call: APICall, body: UnpinMessageBody, terms: SendTerms) in
            try await call.gateway.unpin(body.target.with(terms), session: call.session, waiting: terms.wait)
        }
        routes.post(
            "sessions/:sessionId/messages/star", .key(atLeast: .operator),
            Operation(
                .messages, "Star a message, or take the star away",
                details: "On the devices of this account; nobody else sees it.", body: StarMessageBody.self,
                answers: .ok(SuccessModel.self),
                errors: [
                    .messageNotFound, .invalidChatID, .sessionNotStarted, .sessionNotConnected, .operationRefused, .noAnswer,
                ],
                examples: [.about(more: #","star":true"#)])
        ) { call in
            let body: StarMessageBody = try call.body()
            try await call.gateway.setStarred(body.isStarred, body.target, session: try call.session)
            return .ok(SuccessModel(success: true))
        }
        routes.act(
            "vote-poll", "Vote in a poll",
            details: "For options by their texts, instead of what was voted before; an empty list takes the vote back.",
            errors: [.messageNotFound, .pollOptionNotFound],
            examples: [
                Example(
                    body: #"{"chatId":"6281234567890@c.us","pollMessageId":"true_6281234567890@c.us_3EB0ABCD01234568","options":["Tea"]}"#)
            ]
        ) { (call: APICall, body: VotePollBody, terms: SendTerms) in
            try await call.gateway.vote(
                for: body.options, body.target.with(terms), session: call.session, waiting: terms.wait)
        }
        routes.send(
            "click-button", "Answer a business's buttons or list", details: "The answer quotes the message that offers it.",
            errors: [.messageNotFound, .buttonNotFound],
            examples: []
        ) { (call: APICall, body: ClickButtonBody, terms: SendTerms) in
            try await call.gateway.clickButton(
                body.buttonID, text: body.text, of: body.target.with(terms), session: call.session, waiting: terms.wait)
        }
    }
}

extension MessageTarget {
    fileprivate func with(_ terms: SendTerms) -> MessageTarget {
        var target = self
        target.identity = terms.identity
        return target
    }
}
