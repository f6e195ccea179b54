import Gateway
import HTTPTypes

// The one place that knows which entry of the catalogue each error is.

extension ErrorReply {
    /// What the caller is told; an error that is nobody's refusal is a fault of ours and tells nothing of itself.
    init(answering error: any Error) {
        switch error {
        case let error as GatewayError: self.init(answering: error)
        case let error as APIError: self.init(answering: error)
        default: self = .internalError
        }
    }

    static var internalError: ErrorReply {
        var reply = ErrorReply(.internalError, "Internal server error")
        reply.error = nil
        return reply
    }

    init(answering error: GatewayError) {
        self.init(Self.code(of: error), error.message)
        switch error {
        case .outboxFull, .storageFull, .mediaPending: retryAfterSeconds = 5
        // Found while the body was still coming.
        case .mediaTooLarge: closesConnection = true
        case .noAnswer, .requestInProgress: retryAfterSeconds = 1
        case .tooManyBatches: retryAfterSeconds = 5
        case .pollOptionNotFound(_, let valid): validOptions = valid
        case .shuttingDown:
            retryAfterSeconds = 5
            closesConnection = true
        default: break
        }
    }

    private static func code(of error: GatewayError) -> ErrorCode {
        switch error {
        case .sessionNotFound: .sessionNotFound
        case .sessionNameTaken: .sessionNameTaken
        case .invalidSessionName: .invalidSessionName
        case .invalidSessionConfiguration: .invalidSessionConfig
        case .sessionNotActive: .sessionNotActive
        case .sessionNotConnected, .pairingNotReady: .sessionNotConnected
        case .sessionNotStarted, .qrNeedsStart: .sessionNotStarted
        case .qrNotReady: .qrNotReady
        case .alreadyAuthenticated, .alreadyPaired: .sessionAlreadyLinked
        case .sessionAlreadyStarted, .sessionAlreadyStarting: .sessionAlreadyStarted
        case .tooManySessions: .tooManySessions
        case .logoutIncomplete: .sessionLogoutIncomplete
        case .invalidChatID: .invalidChatID
        case .unsupportedRecipient: .recipientUnsupported
        case .notOnWhatsApp: .notOnWhatsApp
        case .notAGroupMember: .notAGroupMember
        case .groupNotFound: .groupNotFound
        // A refusal's code that has no row of its own (`WHATSAPP_479`) stays in the text.
        case .sendRefused(let code): ErrorCode(rawValue: code) ?? .whatsAppRefused
        case .outboxFull: .outboxFull
        case .mediaSourceMissing: .mediaSourceMissing
        case .mediaTypeMissing: .mediaTypeMissing
        case .mediaEmpty: .mediaEmpty
        case .mediaNotStored: .mediaNotStored
        case .mediaPending: .mediaPending
        case .mediaTooLarge, .destination(.tooLarge): .mediaTooLarge
        case .destination(.notAllowed): .destinationNotAllowed
        case .destination: .mediaFetchFailed
        case .messageNotFound: .messageNotFound
        case .notOwnMessage: .notOwnMessage
        case .notEditable: .notEditable
        case .notForwardable: .notForwardable
        case .templateNotFound: .templateNotFound
        case .templateNameTaken: .templateNameTaken
        case .renderedTextTooLong: .renderedTextTooLong
        case .idempotencyKeyReused: .idempotencyKeyReused
        case .requestInProgress: .idempotencyKeyInProgress
        case .messageIDTaken: .messageIDTaken
        case .batchNotFound: .batchNotFound
        case .batchIDTaken: .batchIDTaken
        case .batchOver: .batchOver
        case .tooManyBatches: .tooManyBatches
        case .unknownCursor: .unknownCursor
        case .invalidQuery: .invalidParameter
        case .webhookNotFound: .webhookNotFound
        case .tooManyWebhooks: .tooManyWebhooks
        case .invalidWebhook: .validationFailed
        case .deliveryNotFound: .deliveryNotFound
        case .searchUnavailable: .searchUnavailable
        case .apiKeyNotFound: .apiKeyNotFound
        case .lastAdminKey: .lastAdminKey
        case .pollOptionNotFound: .pollOptionNotFound
        case .tooManyPollOptions: .validationFailed
        case .buttonNotFound: .buttonNotFound
        case .callNotFound: .callNotFound
        case .contactNotFound: .contactNotFound
        case .refusedByWhatsApp: .operationRefused
        case .noAnswer: .noAnswer
        case .storageFull: .storageFull
        case .shuttingDown: .shuttingDown
        }
    }

    /// Where the operator wants what newer versions of OpenWA answer, a key outside its sessions or addresses gets a 403
    /// instead of the founding page's 401 (contract 9, row 1).
    mutating func answerScopeAsForbidden() {
        guard code == .addressNotAllowed || code == .sessionNotAllowed else { return }
        status = .forbidden
        error = Self.name(of: status)
    }

    init(answering error: APIError) {
        switch error {
        case .unknownRoute(let method, let path): self.init(.routeNotFound, "Cannot \(method) \(path)")
        case .malformedBody(let text): self.init(.malformedBody, text)
        case .bodyIncomplete:
            self.init(.malformedBody, "request aborted")
            closesConnection = true
        case .bodyTooLarge:
            self.init(.bodyTooLarge, "request entity too large")
            self.error = nil
            closesConnection = true
        case .bodyBudgetSpent:
            self.init(.busy, "Too many request bodies are being received. Try again.")
            retryAfterSeconds = 1
            closesConnection = true
        case .unsupportedEncoding(let text):
            self.init(.unsupportedEncoding, text)
            closesConnection = true
        case .encodedNUL: self.init(.malformedURL, "URL must not contain an encoded NUL")
        case .unencodedURL: self.init(.malformedURL, "URL must be percent-encoded")
        case .undecodablePath(let part): self.init(.malformedURL, "Failed to decode param '\(part)'")
        case .invalidBody(let texts):
            self.init(.validationFailed, "")
            message = .list(texts)
        case .contradictoryBody(let text): self.init(.validationFailed, text)
        case .invalidIdempotencyKey:
            self.init(.idempotencyKeyInvalid, "Idempotency-Key must be one value of 1-255 visible ASCII characters.")
        case .invalidMessageID:
            self.init(
                .messageIDInvalid, "X-OpenWA-Message-Id must be one value of 8-64 digits 0-9 and letters A-F.")
        case .invalidParameter(let text): self.init(.invalidParameter, text)
        case .invalidQuery(let texts):
            self.init(.invalidParameter, "")
            message = .list(texts)
        case .keyRequired: self.init(.apiKeyRequired, "API key is required")
        case .keyUnknown: self.init(.apiKeyInvalid, "Invalid API key")
        case .keyRevoked: self.init(.apiKeyRevoked, "API key is revoked")
        case .keyExpired: self.init(.apiKeyExpired, "API key has expired")
        case .addressNotAllowed: self.init(.addressNotAllowed, "IP address not allowed")
        case .addressUnknown: self.init(.addressNotAllowed, "Client IP could not be determined")
        case .sessionNotAllowed: self.init(.sessionNotAllowed, "API key not authorized for this session")
        case .unscopedKeyRequired:
            self.init(.unscopedKeyRequired, "Session-scoped API keys are not permitted on this route")
        case .roleTooLow(let required): self.init(.roleTooLow, "Insufficient permissions. Required: \(required)")
        case .tooManyRequests(let seconds):
            self.init(.rateLimited, "ThrottlerException: Too Many Requests")
            self.error = nil
            retryAfterSeconds = seconds
        case .eventCursorExpired(let cursor):
            self.init(
                .eventCursorExpired,
                "The events after cursor \(cursor) are no longer kept. Read on with after=earliest; messages are at GET /api/sessions/{sessionId}/messages.")
        case .tooManyListeners:
            self.init(.tooManyListeners, "Too many requests wait for events. Try again.")
            retryAfterSeconds = 1
        case .tooManyWrongKeys(let seconds):
            self.init(.tooManyWrongKeys, "ThrottlerException: Too Many Requests")
            self.error = nil
            retryAfterSeconds = seconds
        }
    }
}
