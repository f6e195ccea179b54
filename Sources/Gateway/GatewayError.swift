import Storage
import WAClient

/// Everything the gateway can answer instead of a result; `GatewayAPI` alone knows the HTTP status of each case.
///
/// `message` is the outside text, written for the caller and, where OpenWA's clients match on it, exactly OpenWA's.
package enum GatewayError: Error, Equatable, Sendable {
    /// No session has this id or name; create it, or list the sessions. (404 outside the send routes.)
    case sessionNotFound(String)
    /// Another session has this name; choose another.
    case sessionNameTaken(String)
    /// The name has characters outside `a-z A-Z 0-9 -` or is not 3–50 long; correct it.
    case invalidSessionName(String)
    /// The session's configuration is not a JSON object or has a value outside its range; the text names the key.
    case invalidSessionConfiguration(String)
    /// The session is unknown, was never started, was stopped, logged out or has failed; start it. (The seed's 400.)
    case sessionNotActive(String)
    /// The session is started but not linked yet (it waits for a QR scan), or a live answer is needed while it is
    /// reconnecting; try again when it is `ready`. (409)
    case sessionNotConnected
    /// The route needs a started session: QR, pairing, contacts; start it. (400)
    case sessionNotStarted
    /// As `sessionNotStarted`, with the text the QR and pairing routes use. (400)
    case qrNeedsStart
    /// The session is started but WhatsApp has not given a code yet; ask again in a moment. (400)
    case qrNotReady
    /// The session is linked; there is no code to scan. (400)
    case alreadyAuthenticated
    /// As `alreadyAuthenticated`, of a pairing code. (400)
    case alreadyPaired
    /// The session is started but WhatsApp does not take pairing codes yet; ask again when it is `qr_ready`. (409)
    case pairingNotReady
    /// Start was asked for a session that is running. (400)
    case sessionAlreadyStarted
    /// Start was asked for a session whose start is still under way. (400)
    case sessionAlreadyStarting
    /// `MAX_CONCURRENT_SESSIONS` sessions are running; stop one. (400)
    case tooManySessions(limit: Int)
    /// WhatsApp did not confirm that the device was unlinked; locally the session is down and its login is wiped. (502)
    case logoutIncomplete
    /// A chat id could not be understood; `field` names the request's field. (400)
    case invalidChatID(field: String, given: String)
    /// This version cannot write to such a chat: a channel, a broadcast list. (501)
    case unsupportedRecipient(chatID: String)
    /// The recipient's number has no WhatsApp account; check it with `contacts/check`. (400)
    case notOnWhatsApp(chatID: String)
    /// The group written to does not exist, or the account is not in it (any more); list the groups. (400)
    case notAGroupMember(chatID: String)
    /// The account is in no such group; list the groups. (404)
    case groupNotFound(String)
    /// WhatsApp refused the message; `code` names why and is stable. Nothing was delivered. (500)
    case sendRefused(code: String)
    /// The session already has `limit` messages waiting to leave; wait until it is connected again. (503)
    case outboxFull(limit: Int)
    /// A media send names no file: neither `url` nor `base64`, nor a part of a form. (400)
    case mediaSourceMissing
    /// A file was given as `base64` and `mimetype` does not say what it is. (400)
    case mediaTypeMissing
    /// There is not one byte of media in what the property or the URL holds; `source` names it. (400)
    case mediaEmpty(source: String)
    /// A message has no file, or one that is not kept or cannot be had. (404)
    case mediaNotStored
    /// A message's file has not come yet; it is being fetched, ask again. (409)
    case mediaPending
    /// The file has more than `limit` bytes; compress it. (413)
    case mediaTooLarge(MediaOrigin, limit: Int)
    /// What a `url` points at may not be fetched, or could not be. (400; 413 for too many bytes)
    case destination(DestinationError)
    /// No message has this id, in this chat where one is given, or it was taken back. (404)
    case messageNotFound(String, chatID: String? = nil)
    /// Only messages of this account can be edited, or taken back in a chat of two. (403)
    case notOwnMessage
    /// Only texts can be edited. (403)
    case notEditable
    /// Such a message cannot be passed on. (400)
    case notForwardable(String)
    /// No template of the session has this id or name. (404)
    case templateNotFound(String)
    /// Another template of the session has this name; choose another. (409)
    case templateNameTaken(String)
    /// The rendered text is too long; shorten template or values. (400)
    case renderedTextTooLong(length: Int, limit: Int)
    /// The `Idempotency-Key` was used for another request; use a new key for a new request. (422)
    case idempotencyKeyReused
    /// The first request with this key or message id is still being worked on; ask again. (409)
    case requestInProgress
    /// The chosen message id belongs to another message; choose another. (409)
    case messageIDTaken(String)
    /// No batch of the session has this id. (404)
    case batchNotFound(String)
    /// The session has a batch with this id; choose another. (400)
    case batchIDTaken(String)
    /// The batch is over; there is nothing to cancel. (400)
    case batchOver(String, status: String)
    /// `BULK_MAX_CONCURRENT_BATCHES` batches are running; wait until one is over. (429)
    case tooManyBatches(limit: Int)
    /// The id given as `after` is not a stored message of this session. (400)
    case unknownCursor(String)
    /// A query parameter has a value outside its rules; the text says which and why. (400)
    case invalidQuery(String)
    /// No webhook of the session has this id. (404)
    case webhookNotFound(String)
    /// The session has `WEBHOOK_MAX_PER_SESSION` webhooks; delete one. (400)
    case tooManyWebhooks(limit: Int)
    /// A webhook's filter does not make sense; the text says where. (400)
    case invalidWebhook(String)
    /// Nothing of this event was to be delivered to the webhook, or it is kept no longer. (404)
    case deliveryNotFound(String)
    /// The database has no full-text index. (501)
    case searchUnavailable
    /// No API key has this id. (404)
    case apiKeyNotFound(String)
    /// The change would leave no key that can manage keys; make another admin key first. (409)
    case lastAdminKey
    /// The poll has no such option; choose one of `valid`. (400)
    case pollOptionNotFound(String, valid: [String])
    /// The poll takes fewer options; choose at most `limit`. (400)
    case tooManyPollOptions(limit: Int)
    /// The message offers no button or row with this id. (400)
    case buttonNotFound(String)
    /// No call with this id rings. (404)
    case callNotFound(String)
    /// Nothing is known of this person. (404)
    case contactNotFound(String)
    /// WhatsApp refused to do it, with this error code; it makes no sense to repeat it. (403)
    case refusedByWhatsApp(code: Int)
    /// WhatsApp did not answer a question in time; safe to repeat. (503)
    case noAnswer
    /// The disk is full; nothing was kept, repeat when there is space. (503)
    case storageFull
    /// The process is stopping and takes no more work; repeat after its restart. (503)
    case shuttingDown

    /// The outside text, for the caller.
    package var message: String {
        switch self {
        case .sessionNotFound(let given): "Session with id '\(given)' not found"
        case .sessionNameTaken(let name): "Session with name '\(name)' already exists"
        case .invalidSessionName: "Session name can only contain letters, numbers, and hyphens"
        case .invalidSessionConfiguration(let text): text
        case .sessionNotActive(let given): "Session '\(given)' is not active. Start the session first."
        case .sessionNotConnected: "Session is not connected. The WhatsApp client is not ready."
        case .sessionNotStarted: "Session is not started"
        case .qrNeedsStart: "Session is not started. Call POST /sessions/:id/start first."
        case .qrNotReady: "QR code is not ready yet. Please wait..."
        case .alreadyAuthenticated: "Session is already authenticated, no QR code needed"
        case .alreadyPaired: "Session is already authenticated, no pairing needed"
        case .pairingNotReady: "Session is not ready for pairing yet. Wait until its status is qr_ready."
        case .sessionAlreadyStarted: "Session is already started"
        case .sessionAlreadyStarting: "Session is already starting"
        case .tooManySessions(let limit): "Maximum concurrent sessions reached (\(limit))"
        case .logoutIncomplete: "WhatsApp did not confirm the logout. The session is down and its login is wiped."
        case .invalidChatID(let field, _):
            "\(field) must be a phone number with country code or a WhatsApp id such as 6281234567890@c.us"
        case .unsupportedRecipient(let chatID): "Sending to \(chatID) is not supported by this version"
        case .notOnWhatsApp(let chatID): "Recipient \(chatID) could not be resolved: the number is not on WhatsApp"
        case .notAGroupMember(let chatID):
            "Recipient \(chatID) could not be resolved: there is no such group, or this account is not in it"
        case .groupNotFound(let id): "Group \(id) not found"
        case .mediaSourceMissing: "Either url or base64 must be provided"
        case .mediaTypeMissing: "mimetype is required when using base64 data"
        case .mediaEmpty(let source): "\(source) must contain media, and it is empty"
        case .mediaNotStored: "No media stored for this message"
        case .mediaPending: "The media of this message is still being fetched. Try again."
        case .mediaTooLarge(.base64, let limit):
            "Base64 media exceeds the maximum allowed size of \(limit) bytes"
        case .mediaTooLarge(_, let limit): "Media exceeds the maximum allowed size of \(limit) bytes"
        case .destination(let error): error.message
        case .sendRefused(let code): SendRefusal.words(for: code)
        case .outboxFull(let limit): "The session already has \(limit) messages waiting to be sent. Try again later."
        case .messageNotFound(let id, nil): "Message \(id) not found"
        case .messageNotFound(let id, let chatID?): "Message \(id) not found in chat \(chatID)"
        case .notOwnMessage: "Only messages sent by this session can be changed for everyone"
        case .notEditable: "Only text messages can be edited"
        case .notForwardable(let id): "Message \(id) cannot be forwarded"
        case .templateNotFound(let given): "Template with id '\(given)' not found"
        case .templateNameTaken(let name): "Template with name '\(name)' already exists"
        case .renderedTextTooLong(let length, let limit):
            "The rendered text has \(length) characters, more than the limit of \(limit)"
        case .idempotencyKeyReused: "Idempotency-Key was already used for another request"
        case .requestInProgress: "The first request with this Idempotency-Key is still in progress. Try again."
        case .messageIDTaken(let id): "Message id \(id) is already used for another message"
        case .batchNotFound(let id): "Batch '\(id)' not found"
        case .batchIDTaken(let id): "Batch ID '\(id)' already exists"
        case .batchOver(let id, let status): "Batch '\(id)' is already \(status)"
        case .tooManyBatches(let limit): "Too many bulk batches in progress (max \(limit)); retry shortly"
        case .unknownCursor(let id): "after: message '\(id)' not found"
        case .invalidQuery(let text): text
        case .webhookNotFound(let id): "Webhook with id '\(id)' not found"
        case .tooManyWebhooks(let limit): "Maximum webhooks per session reached (\(limit))"
        case .invalidWebhook(let text): text
        case .deliveryNotFound(let id): "Delivery of event '\(id)' not found"
        case .searchUnavailable: "Full-text search is not available on this server"
        case .apiKeyNotFound(let id): "API key with id '\(id)' not found"
        case .lastAdminKey: "Cannot remove the last active admin key"
        case .pollOptionNotFound(let option, _): "Poll option '\(option)' not found"
        case .tooManyPollOptions(let limit): "options must contain no more than \(limit) elements"
        case .buttonNotFound(let id): "Button '\(id)' not found in the message"
        case .callNotFound(let id): "Call \(id) not found"
        case .contactNotFound(let id): "Contact \(id) not found"
        case .refusedByWhatsApp(let code): "WhatsApp refused the operation (\(code))"
        case .noAnswer: "WhatsApp did not answer in time. Try again."
        case .storageFull: "The server's disk is full. Nothing was stored. Try again later."
        case .shuttingDown: "Server is shutting down"
        }
    }
}

extension GatewayError {
    /// What a failure of the database means to the caller; nil for a defect of ours, which is passed on as it is.
    init?(_ failure: StorageError) {
        switch failure {
        case .diskFull: self = .storageFull
        case .closed: self = .shuttingDown
        default: return nil
        }
    }

    /// The error to throw for one of the database: ours where the caller can act on it.
    static func of(_ error: any Error) -> any Error {
        (error as? StorageError).flatMap { GatewayError($0) } ?? error
    }
}
