import Gateway
import Hummingbird

// The one place that knows which HTTP status, and which stable `code`, each error has.

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
        var reply = ErrorReply(.internalServerError, "Internal server error")
        reply.error = nil
        return reply
    }

    init(answering error: GatewayError) {
        let (status, code) = Self.statusAndCode(of: error)
        self.init(status, error.message, code: code)
        switch error {
        case .outboxFull, .storageFull: retryAfterSeconds = 5
        case .noAnswer: retryAfterSeconds = 1
        case .shuttingDown:
            retryAfterSeconds = 5
            closesConnection = true
        default: break
        }
    }

    private static func statusAndCode(of error: GatewayError) -> (HTTPResponse.Status, String) {
        switch error {
        case .sessionNotFound: (.notFound, "SESSION_NOT_FOUND")
        case .sessionNameTaken: (.conflict, "SESSION_NAME_TAKEN")
        case .invalidSessionName: (.badRequest, "INVALID_SESSION_NAME")
        case .invalidSessionConfiguration: (.badRequest, "INVALID_SESSION_CONFIG")
        case .sessionNotActive: (.badRequest, "SESSION_NOT_ACTIVE")
        case .sessionNotConnected: (.conflict, "SESSION_NOT_CONNECTED")
        case .sessionNotStarted, .qrNeedsStart: (.badRequest, "SESSION_NOT_STARTED")
        case .qrNotReady: (.badRequest, "QR_NOT_READY")
        case .alreadyAuthenticated: (.badRequest, "SESSION_ALREADY_LINKED")
        case .sessionAlreadyStarted, .sessionAlreadyStarting: (.badRequest, "SESSION_ALREADY_STARTED")
        case .tooManySessions: (.badRequest, "TOO_MANY_SESSIONS")
        case .logoutIncomplete: (.badGateway, "SESSION_LOGOUT_INCOMPLETE")
        case .invalidChatID: (.badRequest, "INVALID_CHAT_ID")
        case .unsupportedRecipient: (.notImplemented, "RECIPIENT_UNSUPPORTED")
        case .notOnWhatsApp: (.badRequest, "NOT_ON_WHATSAPP")
        case .sendRefused(let code): (.internalServerError, code)
        case .outboxFull: (.serviceUnavailable, "OUTBOX_FULL")
        case .messageNotFound: (.notFound, "MESSAGE_NOT_FOUND")
        case .unknownCursor: (.badRequest, "UNKNOWN_CURSOR")
        case .invalidQuery: (.badRequest, "INVALID_PARAMETER")
        case .noAnswer: (.serviceUnavailable, "NO_ANSWER")
        case .storageFull: (.serviceUnavailable, "STORAGE_FULL")
        case .shuttingDown: (.serviceUnavailable, "SHUTTING_DOWN")
        }
    }

    init(answering error: APIError) {
        switch error {
        case .unknownRoute(let method, let path):
            self.init(.notFound, "Cannot \(method) \(path)", code: "ROUTE_NOT_FOUND")
        case .malformedBody(let text):
            self.init(.badRequest, text, code: "MALFORMED_BODY")
        case .bodyIncomplete:
            self.init(.badRequest, "request aborted", code: "MALFORMED_BODY")
            closesConnection = true
        case .bodyTooLarge:
            self.init(.contentTooLarge, "request entity too large", code: "BODY_TOO_LARGE")
            self.error = nil
            closesConnection = true
        case .bodyBudgetSpent:
            self.init(.serviceUnavailable, "Too many request bodies are being received. Try again.", code: "BUSY")
            retryAfterSeconds = 1
            closesConnection = true
        case .unsupportedEncoding(let text):
            self.init(.unsupportedMediaType, text, code: "UNSUPPORTED_ENCODING")
            closesConnection = true
        case .encodedNUL:
            self.init(.badRequest, "URL must not contain an encoded NUL", code: "MALFORMED_URL")
        case .undecodablePath(let part):
            self.init(.badRequest, "Failed to decode param '\(part)'", code: "MALFORMED_URL")
        case .invalidBody(let texts):
            self.init(.badRequest, "", code: "VALIDATION_FAILED")
            message = .list(texts)
        case .invalidParameter(let text):
            self.init(.badRequest, text, code: "INVALID_PARAMETER")
        case .keyRequired:
            self.init(.unauthorized, "API key is required", code: "API_KEY_REQUIRED")
        case .keyUnknown:
            self.init(.unauthorized, "Invalid API key", code: "API_KEY_INVALID")
        case .keyRevoked:
            self.init(.unauthorized, "API key is revoked", code: "API_KEY_REVOKED")
        case .keyExpired:
            self.init(.unauthorized, "API key has expired", code: "API_KEY_EXPIRED")
        case .addressNotAllowed:
            self.init(.unauthorized, "IP address not allowed", code: "ADDRESS_NOT_ALLOWED")
        case .addressUnknown:
            self.init(.unauthorized, "Client IP could not be determined", code: "ADDRESS_NOT_ALLOWED")
        case .sessionNotAllowed:
            self.init(.unauthorized, "API key not authorized for this session", code: "SESSION_NOT_ALLOWED")
        case .unscopedKeyRequired:
            self.init(
                .forbidden, "Session-scoped API keys are not permitted on this route", code: "UNSCOPED_KEY_REQUIRED")
        case .roleTooLow(let required):
            self.init(.forbidden, "Insufficient permissions. Required: \(required)", code: "ROLE_TOO_LOW")
        case .tooManyWrongKeys(let seconds):
            self.init(.tooManyRequests, "ThrottlerException: Too Many Requests", code: "TOO_MANY_WRONG_KEYS")
            self.error = nil
            retryAfterSeconds = seconds
        }
    }
}
