import Gateway
import Hummingbird
import Testing

@testable import GatewayAPI

struct ErrorMappingTests {
    @Test(
        "Refusals of the gateway have the contract's status and text",
        arguments: [
            (.sessionNotFound("nope"), 404, "Session with id 'nope' not found"),
            (.sessionNameTaken("depot"), 409, "Session with name 'depot' already exists"),
            (.sessionNotActive("nope"), 400, "Session 'nope' is not active. Start the session first."),
            (.sessionNotConnected, 409, "Session is not connected. The WhatsApp client is not ready."),
            (.sessionNotStarted, 400, "Session is not started"),
            (.qrNeedsStart, 400, "Session is not started. Call POST /sessions/:id/start first."),
            (.qrNotReady, 400, "QR code is not ready yet. Please wait..."),
            (.alreadyAuthenticated, 400, "Session is already authenticated, no QR code needed"),
            (.alreadyPaired, 400, "Session is already authenticated, no pairing needed"),
            (.pairingNotReady, 409, "Session is not ready for pairing yet. Wait until its status is qr_ready."),
            (.sessionAlreadyStarted, 400, "Session is already started"),
            (.sessionAlreadyStarting, 400, "Session is already starting"),
            (.tooManySessions(limit: 3), 400, "Maximum concurrent sessions reached (3)"),
            (.shuttingDown, 503, "Server is shutting down"),
            (.messageNotFound("x"), 404, "Message x not found"),
        ] as [(GatewayError, Int, String)])
    func gatewayErrors(error: GatewayError, status: Int, message: String) {
        let reply = ErrorReply(answering: error)
        #expect(reply.status.code == status)
        #expect(reply.message == .text(message))
        #expect(reply.error == ErrorReply.name(of: reply.status))
        #expect(reply.code.entry.status == reply.status)
    }

    @Test("WhatsApp's refusal is a 500 with the code that names it, or the one for all others")
    func refusal() {
        let reply = ErrorReply(answering: GatewayError.sendRefused(code: "REACHOUT_RESTRICTED"))
        #expect(reply.status == .internalServerError)
        #expect(reply.code == .reachoutRestricted)
        let other = ErrorReply(answering: GatewayError.sendRefused(code: "WHATSAPP_420"))
        #expect(other.status == .internalServerError)
        #expect(other.code == .whatsAppRefused)
        #expect(other.message == .text("WhatsApp refused the message with error 420. Nothing was delivered."))
    }

    @Test("A fault of ours tells nothing of itself")
    func fault() {
        struct Secret: Error { let text = "6281234567890" }
        let reply = ErrorReply(answering: Secret())
        #expect(reply.status == .internalServerError)
        #expect(reply.message == .text("Internal server error"))
        #expect(reply.error == nil && reply.code == .internalError)
    }

    @Test("The limits of the framework's own leave `error` out, and say when to come back")
    func frameworkTexts() {
        let tooLarge = ErrorReply(answering: APIError.bodyTooLarge)
        #expect(tooLarge.status.code == 413 && tooLarge.error == nil && tooLarge.closesConnection)
        #expect(tooLarge.message == .text("request entity too large"))
        let tooMany = ErrorReply(answering: APIError.tooManyWrongKeys(retryAfterSeconds: 7))
        #expect(tooMany.status.code == 429 && tooMany.error == nil && tooMany.retryAfterSeconds == 7)
        #expect(tooMany.message == .text("ThrottlerException: Too Many Requests"))
        #expect(tooMany.response(.test).headers[.retryAfter] == "7")
    }
}

extension ErrorOccurrence {
    fileprivate static let test = ErrorOccurrence(
        requestID: "r", path: "/", asProblem: false, documentation: "/api/docs")
}
