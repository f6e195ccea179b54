import HTTPTypes

/// Every refusal the API knows, by the stable name that programs act on (`code` in each error).
///
/// The catalogue: a code's status, what it means and what to do stand in `entry`, and nowhere else. It is served at
/// `GET /api/errors` and printed into `Docs/errors.md` (`openwa errors`). A new code needs its name here, its row below,
/// and a line in `ErrorMapping`; a test compares the printed file.
enum ErrorCode: String, CaseIterable, Sendable {
    // The request itself
    case routeNotFound = "ROUTE_NOT_FOUND"
    case malformedURL = "MALFORMED_URL"
    case malformedBody = "MALFORMED_BODY"
    case unsupportedEncoding = "UNSUPPORTED_ENCODING"
    case bodyTooLarge = "BODY_TOO_LARGE"
    case busy = "BUSY"
    case validationFailed = "VALIDATION_FAILED"
    case invalidParameter = "INVALID_PARAMETER"

    // Keys and limits
    case apiKeyRequired = "API_KEY_REQUIRED"
    case apiKeyInvalid = "API_KEY_INVALID"
    case apiKeyRevoked = "API_KEY_REVOKED"
    case apiKeyExpired = "API_KEY_EXPIRED"
    case addressNotAllowed = "ADDRESS_NOT_ALLOWED"
    case sessionNotAllowed = "SESSION_NOT_ALLOWED"
    case roleTooLow = "ROLE_TOO_LOW"
    case unscopedKeyRequired = "UNSCOPED_KEY_REQUIRED"
    case rateLimited = "RATE_LIMITED"
    case tooManyWrongKeys = "TOO_MANY_WRONG_KEYS"
    case apiKeyNotFound = "API_KEY_NOT_FOUND"
    case lastAdminKey = "LAST_ADMIN_KEY"

    // Webhooks
    case webhookNotFound = "WEBHOOK_NOT_FOUND"
    case tooManyWebhooks = "TOO_MANY_WEBHOOKS"
    case deliveryNotFound = "DELIVERY_NOT_FOUND"

    // Sessions
    case sessionNotFound = "SESSION_NOT_FOUND"
    case sessionNameTaken = "SESSION_NAME_TAKEN"
    case invalidSessionName = "INVALID_SESSION_NAME"
    case invalidSessionConfig = "INVALID_SESSION_CONFIG"
    case tooManySessions = "TOO_MANY_SESSIONS"
    case sessionNotActive = "SESSION_NOT_ACTIVE"
    case sessionNotStarted = "SESSION_NOT_STARTED"
    case sessionAlreadyStarted = "SESSION_ALREADY_STARTED"
    case sessionNotConnected = "SESSION_NOT_CONNECTED"
    case qrNotReady = "QR_NOT_READY"
    case sessionAlreadyLinked = "SESSION_ALREADY_LINKED"
    case sessionLogoutIncomplete = "SESSION_LOGOUT_INCOMPLETE"

    // Messages
    case invalidChatID = "INVALID_CHAT_ID"
    case notOnWhatsApp = "NOT_ON_WHATSAPP"
    case notAGroupMember = "NOT_A_GROUP_MEMBER"
    case groupNotFound = "GROUP_NOT_FOUND"
    case contactNotFound = "CONTACT_NOT_FOUND"
    case callNotFound = "CALL_NOT_FOUND"
    case recipientUnsupported = "RECIPIENT_UNSUPPORTED"
    case messageNotFound = "MESSAGE_NOT_FOUND"
    case notOwnMessage = "NOT_OWN_MESSAGE"
    case notEditable = "NOT_EDITABLE"
    case notForwardable = "NOT_FORWARDABLE"
    case pollOptionNotFound = "POLL_OPTION_NOT_FOUND"
    case buttonNotFound = "BUTTON_NOT_FOUND"
    case templateNotFound = "TEMPLATE_NOT_FOUND"
    case templateNameTaken = "TEMPLATE_NAME_TAKEN"
    case renderedTextTooLong = "RENDERED_TEXT_TOO_LONG"
    case idempotencyKeyInvalid = "IDEMPOTENCY_KEY_INVALID"
    case idempotencyKeyReused = "IDEMPOTENCY_KEY_REUSED"
    case idempotencyKeyInProgress = "IDEMPOTENCY_KEY_IN_PROGRESS"
    case messageIDInvalid = "MESSAGE_ID_INVALID"
    case messageIDTaken = "MESSAGE_ID_TAKEN"
    case batchNotFound = "BATCH_NOT_FOUND"
    case batchIDTaken = "BATCH_ID_TAKEN"
    case batchOver = "BATCH_OVER"
    case tooManyBatches = "TOO_MANY_BATCHES"
    case unknownCursor = "UNKNOWN_CURSOR"
    case outboxFull = "OUTBOX_FULL"

    case searchUnavailable = "SEARCH_UNAVAILABLE"

    // Events
    case eventCursorExpired = "EVENT_CURSOR_EXPIRED"
    case tooManyListeners = "TOO_MANY_LISTENERS"

    // Media
    case mediaSourceMissing = "MEDIA_SOURCE_MISSING"
    case mediaTypeMissing = "MEDIA_TYPE_MISSING"
    case mediaEmpty = "MEDIA_EMPTY"
    case mediaTooLarge = "MEDIA_TOO_LARGE"
    case destinationNotAllowed = "DESTINATION_NOT_ALLOWED"
    case mediaFetchFailed = "MEDIA_FETCH_FAILED"
    case mediaUnavailable = "MEDIA_UNAVAILABLE"
    case mediaNotStored = "MEDIA_NOT_STORED"
    case mediaPending = "MEDIA_PENDING"

    // What WhatsApp answered
    case reachoutRestricted = "REACHOUT_RESTRICTED"
    case messageMalformed = "MESSAGE_MALFORMED"
    case loggedOut = "LOGGED_OUT"
    case recipientHasNoKeys = "RECIPIENT_HAS_NO_KEYS"
    case whatsAppRefused = "WHATSAPP_REFUSED"
    case operationRefused = "OPERATION_REFUSED"
    case noAnswer = "NO_ANSWER"

    // The server
    case storageFull = "STORAGE_FULL"
    case shuttingDown = "SHUTTING_DOWN"
    case internalError = "INTERNAL_ERROR"

    /// One row of the catalogue.
    struct Entry: Sendable, Equatable {
        let status: HTTPResponse.Status
        /// What happened, in one sentence for people.
        let meaning: String
        /// What the caller can do.
        let advice: String

        fileprivate init(_ status: HTTPResponse.Status, _ meaning: String, _ advice: String) {
            self.status = status
            self.meaning = meaning
            self.advice = advice
        }
    }

    var entry: Entry {
        switch self {
        case .routeNotFound:
            Entry(.notFound, "No route has this method and path.", "Check both against the documentation.")
        case .malformedURL:
            Entry(.badRequest, "A part of the URL cannot be decoded.", "Percent-encode it as UTF-8, without NUL.")
        case .malformedBody:
            Entry(
                .badRequest, "The body is not what its content type says, or it ended early.",
                "Send one JSON object, or a form; the message tells where reading stopped.")
        case .unsupportedEncoding:
            Entry(
                .unsupportedMediaType, "The body is compressed or in a character set that is not read.",
                "Send plain UTF-8 without Content-Encoding.")
        case .bodyTooLarge:
            Entry(
                .contentTooLarge, "The body is larger than the server accepts.", "Send less, or raise BODY_SIZE_LIMIT.")
        case .busy:
            Entry(
                .serviceUnavailable, "Too many request bodies are being received at once.", "Repeat after Retry-After.")
        case .validationFailed:
            Entry(
                .badRequest, "Fields of the body break their rules; message lists every problem.",
                "Correct the fields named. Fields that a route does not declare are refused.")
        case .invalidParameter:
            Entry(
                .badRequest, "A parameter of the path or the query breaks its rule.",
                "Correct it; the message names it and its rule.")

        case .apiKeyRequired:
            Entry(.unauthorized, "No API key came with the request.", "Send it as X-API-Key, or as a Bearer token.")
        case .apiKeyInvalid:
            Entry(.unauthorized, "Nobody was given this API key.", "Check the key, and that it belongs to this server.")
        case .apiKeyRevoked:
            Entry(.unauthorized, "The API key was revoked.", "Ask an admin for another.")
        case .apiKeyExpired:
            Entry(.unauthorized, "The API key's end has come.", "Ask an admin to move its expiresAt, or for another.")
        case .addressNotAllowed:
            Entry(
                .unauthorized, "The key may be used from other addresses only, or yours is not known.",
                "Call from an address in the key's allowedIps; behind a proxy, set TRUSTED_PROXIES.")
        case .sessionNotAllowed:
            Entry(
                .unauthorized, "The key is bound to other sessions.",
                "Use a key whose allowedSessions holds this session, or one without that list.")
        case .roleTooLow:
            Entry(
                .forbidden, "The key is good, but its role is too low for this route.",
                "Use a key of the role that the message names, or a higher one.")
        case .unscopedKeyRequired:
            Entry(
                .forbidden, "The key is bound to sessions, and the route acts on the whole server.",
                "Use a key without allowedSessions.")
        case .rateLimited:
            Entry(
                .tooManyRequests, "More requests came than this server's limits let pass.",
                "Repeat after Retry-After; the headers X-RateLimit-* show where you stand.")
        case .tooManyWrongKeys:
            Entry(
                .tooManyRequests, "Too many wrong keys came from this address.",
                "Wait for Retry-After, then send the right key.")
        case .apiKeyNotFound:
            Entry(.notFound, "No API key has this id.", "List the keys with GET /api/auth/api-keys.")
        case .webhookNotFound:
            Entry(.notFound, "No webhook of the session has this id.", "List the session's webhooks.")
        case .tooManyWebhooks:
            Entry(
                .badRequest, "The session has as many webhooks as it may have.",
                "Delete one, or raise WEBHOOK_MAX_PER_SESSION.")
        case .deliveryNotFound:
            Entry(
                .notFound, "Nothing of this event was to be delivered to the webhook, or it is kept no longer.",
                "List the webhook's deliveries.")
        case .lastAdminKey:
            Entry(
                .conflict, "The change would leave no key that can manage keys.",
                "Make another admin key first, without allowedSessions and expiresAt.")

        case .sessionNotFound:
            Entry(.notFound, "No session has this id or name.", "List the sessions, or create it.")
        case .sessionNameTaken:
            Entry(.conflict, "Another session has this name.", "Choose another, or use the one that is there.")
        case .invalidSessionName:
            Entry(.badRequest, "The name is not one of a session.", "Use 3 to 50 letters, digits and hyphens.")
        case .invalidSessionConfig:
            Entry(
                .badRequest, "The session's configuration has a value out of its range.",
                "Correct the key that the message names.")
        case .tooManySessions:
            Entry(
                .badRequest, "As many sessions are running as the server allows.",
                "Stop one, or raise MAX_CONCURRENT_SESSIONS.")
        case .sessionNotActive:
            Entry(
                .badRequest, "The session is unknown, was never started, was stopped or is logged out.",
                "Check the id, start the session, and send again once it is ready.")
        case .sessionNotStarted:
            Entry(.badRequest, "The route needs a running session.", "Start it first: POST /api/sessions/{id}/start.")
        case .sessionAlreadyStarted:
            Entry(.badRequest, "The session is running, or starting.", "Nothing is to be done; read its status.")
        case .sessionNotConnected:
            Entry(
                .conflict, "The session is started, but not ready.",
                "Link it by QR or pairing code if it waits for that; else repeat in a moment.")
        case .qrNotReady:
            Entry(.badRequest, "WhatsApp has not given a code yet.", "Ask again in a second or two.")
        case .sessionAlreadyLinked:
            Entry(
                .badRequest, "The session is linked, so there is no code to scan or to type.",
                "Log it out first to link another phone."
            )
        case .sessionLogoutIncomplete:
            Entry(
                .badGateway, "WhatsApp did not confirm the logout. Here the session is down and its login erased.",
                "Remove the device in the phone's list of linked devices if it is still there.")

        case .invalidChatID:
            Entry(
                .badRequest, "A chat id is neither a phone number nor a WhatsApp id.",
                "Use forms like 6281234567890@c.us or 120363021234567890@g.us.")
        case .notOnWhatsApp:
            Entry(
                .badRequest, "The recipient's number has no WhatsApp account.",
                "Check the number with GET …/contacts/check/{number}.")
        case .notAGroupMember:
            Entry(
                .badRequest, "The group written to does not exist, or the account is not in it.",
                "List the groups with GET …/groups.")
        case .groupNotFound:
            Entry(.notFound, "The account is in no such group.", "List the groups with GET …/groups.")
        case .callNotFound:
            Entry(.notFound, "No call with this id rings (any more).", "Reject a call while call.received is news.")
        case .contactNotFound:
            Entry(.notFound, "Nothing is known of this person.", "List the contacts, or check the number.")
        case .pollOptionNotFound:
            Entry(.badRequest, "The poll has no such option.", "Choose among validOptions; they are texts.")
        case .buttonNotFound:
            Entry(
                .badRequest, "The message offers no button or row with this id.",
                "Take an id from the message's buttons.")
        case .recipientUnsupported:
            Entry(.notImplemented, "This version cannot write to such a chat.", "Send to a person or a group.")
        case .messageNotFound:
            Entry(.notFound, "No stored message has this id.", "Use the messageId as a send or GET …/messages gave it.")
        case .notOwnMessage:
            Entry(
                .forbidden, "Only messages of the session's own account can be edited, or taken back in a chat of two.",
                "Name a message that this session sent.")
        case .notEditable:
            Entry(
                .forbidden, "Only texts can be edited.",
                "Take the message back and send another.")
        case .notForwardable:
            Entry(
                .badRequest, "Such a message cannot be passed on.",
                "Send its content anew.")
        case .templateNotFound:
            Entry(
                .notFound, "No template of the session has this id or name.",
                "List the templates with GET …/templates.")
        case .templateNameTaken:
            Entry(
                .conflict, "Another template of the session has this name.",
                "Choose another name, or change that template.")
        case .renderedTextTooLong:
            Entry(
                .badRequest, "The text that the template became is too long.",
                "Shorten the template or its values, or raise TEMPLATE_RENDER_MAX_CHARS.")
        case .idempotencyKeyInvalid:
            Entry(
                .badRequest, "The Idempotency-Key is malformed or was sent twice.",
                "Send one value of 1 to 255 visible ASCII characters.")
        case .idempotencyKeyReused:
            Entry(
                .unprocessableContent, "The Idempotency-Key belongs to an earlier request with another route or body.",
                "Use a new key for a new request.")
        case .idempotencyKeyInProgress:
            Entry(
                .conflict, "The first request with this key is still being worked on.",
                "Repeat after Retry-After, with the same key.")
        case .messageIDInvalid:
            Entry(
                .badRequest, "The X-OpenWA-Message-Id is malformed or was sent twice.",
                "Send one value of 8 to 64 digits and letters A to F.")
        case .messageIDTaken:
            Entry(
                .conflict, "The chosen message id belongs to another message.",
                "Choose another id, or repeat exactly the same request.")
        case .batchNotFound:
            Entry(
                .notFound, "No batch of the session has this id.",
                "Use the batchId that send-bulk answered.")
        case .batchIDTaken:
            Entry(
                .badRequest, "The session has a batch with this id.",
                "Choose another, or leave it out.")
        case .batchOver:
            Entry(
                .badRequest, "The batch is over, so there is nothing to cancel.",
                "Read its status.")
        case .tooManyBatches:
            Entry(
                .tooManyRequests, "As many batches are running as the server allows.",
                "Repeat after Retry-After, or raise BULK_MAX_CONCURRENT_BATCHES.")
        case .unknownCursor:
            Entry(
                .badRequest, "The id given as after is no stored message of the session.",
                "Use the id of a message of the last page.")
        case .outboxFull:
            Entry(
                .serviceUnavailable, "Too many messages of the session wait to leave; this one was not accepted.",
                "Repeat after Retry-After, when the session is connected again.")

        case .searchUnavailable:
            Entry(
                .notImplemented, "This server's SQLite cannot search texts.",
                "Run the server with an SQLite that has FTS5; GET …/messages filters without it.")
        case .eventCursorExpired:
            Entry(
                .gone, "Events after this cursor are no longer kept, or the cursor is not of this server's log.",
                "Read on with after=earliest, and fetch what is missing with GET …/messages; EVENT_RETENTION_HOURS keeps more.")
        case .tooManyListeners:
            Entry(
                .serviceUnavailable, "Too many requests wait for events, of this key or of all.",
                "Repeat after Retry-After; one listener can hear all sessions.")

        case .mediaSourceMissing:
            Entry(.badRequest, "The send names no file.", "Give url or base64, or send the file as a part of a form.")
        case .mediaTypeMissing:
            Entry(.badRequest, "A base64 file came without its type.", "Add mimetype, for example image/jpeg.")
        case .mediaEmpty:
            Entry(.badRequest, "What was given as a file holds not one byte.", "Check the base64 text, or the URL.")
        case .mediaTooLarge:
            Entry(
                .contentTooLarge, "The file has more bytes than the server takes.",
                "Compress it, or raise MEDIA_DOWNLOAD_MAX_BYTES.")
        case .destinationNotAllowed:
            Entry(
                .badRequest, "The URL is no public http or https URL, or leads to an internal address.",
                "Use a public URL; the operator can name exceptions in SSRF_ALLOWED_HOSTS.")
        case .mediaFetchFailed:
            Entry(
                .badRequest, "The file at the URL could not be fetched; the message says how it failed.",
                "Check that the URL answers with the file, or send it as base64 or as a form.")
        case .mediaUnavailable:
            Entry(
                .internalServerError, "WhatsApp's media hosts refused the file for good, or it is gone from this server.",
                "Nothing was delivered. Send it again, perhaps in another format.")
        case .mediaNotStored:
            Entry(
                .notFound,
                "The message brings no file, or one that is not kept: too large, deleted, or gone from WhatsApp and the phone.",
                "Do not ask again; the sender may send it once more.")
        case .mediaPending:
            Entry(
                .conflict, "The message's file has not come yet: WhatsApp, the phone or the connection is slow.",
                "Ask again after Retry-After; it is fetched meanwhile.")

        case .reachoutRestricted:
            Entry(
                .internalServerError, "WhatsApp does not let this account write to people it does not know (463).",
                "Do not repeat: it makes it worse. Let the other side write first, or wait until the restriction ends.")
        case .messageMalformed:
            Entry(
                .internalServerError, "WhatsApp could not read the message (479): a defect of this program.",
                "Do not repeat; report it with the requestId.")
        case .loggedOut:
            Entry(
                .internalServerError, "The session was logged out before the message could be sent.",
                "Link the session again, then send again.")
        case .recipientHasNoKeys:
            Entry(
                .internalServerError, "WhatsApp gave no encryption keys for the recipient's devices.",
                "The account may be gone; check the number, and repeat later.")
        case .whatsAppRefused:
            Entry(
                .internalServerError, "WhatsApp refused the message; the message names its code.",
                "Nothing was delivered. Confirm that the session is connected; do not repeat blindly.")
        case .operationRefused:
            Entry(
                .forbidden, "WhatsApp refused to do it.",
                "Check what the account may do there; the message has WhatsApp's code. Repeating it does not help.")
        case .noAnswer:
            Entry(.serviceUnavailable, "WhatsApp did not answer a question in time.", "Repeat; nothing was changed.")

        case .storageFull:
            Entry(
                .serviceUnavailable, "The server's disk is full; nothing was kept.",
                "Make space on the server, then repeat.")
        case .shuttingDown:
            Entry(.serviceUnavailable, "The server is stopping and takes no more work.", "Repeat after its restart.")
        case .internalError:
            Entry(
                .internalServerError, "A fault of the server's own.",
                "Read the server's log for the requestId, and report it.")
        }
    }
}
