/// What each field, parameter and path part means: one word means the same thing everywhere, so it is said once.
///
/// Examples are the values that stand in paths of the documentation. A test fails for a documented field without a row.
enum FieldGlossary {
    static func text(of name: String) -> String? { rows[name]?.text }
    static func example(of name: String) -> String? { rows[name]?.example }

    private struct Row {
        let text: String
        let example: String?
    }

    private static let rows: [String: Row] = [
        // Paths
        "sessionId": row("The session: its id or its name.", "my-session"),
        "number": row("A phone number with country code, digits only.", "6281234567890"),

        // Events
        "after": row("Where to read on: an id or a cursor that the last page gave."),
        "wait": row("How many seconds to wait for the first event; 0 answers at once."),
        "events": row("Events, by name. As a parameter: with commas between; without it all that `*` stands for."),
        "cursor": row("A place in the log of events. What came before it needs not be read again."),
        "hasMore": row("Whether more is there already."),
        "event": row("What happened."),
        "idempotencyKey": row("The same for every telling of this event."),
        "data": row("What the event tells; its shape depends on the event."),

        // Sends
        "chatId": row("The chat: `<phone>@c.us` for a person, `<id>@g.us` for a group.", "6281234567890@c.us"),
        "fromChatId": row("The chat the message is in."),
        "toChatId": row("The chat it is sent on to."),
        "emoji": row("The emoji; empty for none."),
        "forEveryone": row("Whether it goes for everyone (the default) or on our own devices only."),
        "linkPreview": row("Whether the page of the first link in the text is fetched for a card; none unless true."),
        "customLinkPreview": row("The card to show for a link in the text."),
        "latitude": row("Degrees north, from -90 to 90."),
        "longitude": row("Degrees east, from -180 to 180."),
        "address": row("The address of the place."),
        "contactName": row("The name on the card."),
        "contactNumber": row("The number on the card, with country code."),
        "allowMultipleAnswers": row("Whether more than one answer may be chosen."),
        "templateId": row("The template, by id.", "0b8f5a54-7c11-4a86-9d43-2f1f7a1b9c55"),
        "templateName": row("The template, by name."),
        "vars": row("What stands for the template's placeholders."),
        "header": row("The text above the body."),
        "footer": row("The text below the body."),
        "senders": row("Who put it there."),
        "batchId": row("The batch's name.", "batch_a1b2c3d4"),
        "options": row("The choices: of a poll its answers, of a batch its pace."),
        "totalMessages": row("How many messages the batch has."),
        "estimatedCompletionTime": row("When it may be done, without jitter and the time of sending."),
        "statusUrl": row("Where to read how far it is."),
        "progress": row("How many messages are in which state."),
        "results": row("One entry for each message, in the order given."),
        "startedAt": row("When the first message was tried."),
        "completedAt": row("When it was over."),
        "text": row("The text."),
        "mentions": row("Whom the text names as `@<number>`: ids of people."),
        "messageId": row("The message's id, as a send answers it.", "true_6281234567890@c.us_3EB0ABCD01234567"),
        "timestamp": row("Unix seconds."),
        "url": row("Where the server fetches the file: a public `http` or `https` URL."),
        "base64": row("The file itself, in base64."),
        "mimetype": row("The kind of file, such as `image/jpeg`."),
        "filename": row("The file's name."),
        "caption": row("The text below it."),
        "ptt": row("Whether it is a voice note."),
        "quotedMessageId": row("The message it answers."),

        // Messages
        "messages": row("The messages."),
        "total": row("How many there are in all."),
        "waMessageId": row("WhatsApp's id of the message."),
        "chatName": row("The chat's name, where it is known."),
        "author": row("Who wrote it, in a group."),
        "from": row("The sender."),
        "to": row("The recipient."),
        "body": row("The text, or the caption."),
        "type": row("The kind of message."),
        "direction": row("`incoming` or `outgoing`."),
        "metadata": row("What else is known of the message."),
        "status": row("The state it is in."),
        "messageIds": row("These messages only; without it, the whole chat."),
        "since": row("From this time on: Unix milliseconds."),
        "until": row("Before this time: Unix milliseconds."),
        "orderBy": row("`createdAt` (when we stored it) or `timestamp` (WhatsApp's time)."),
        "limit": row("How many at most."),
        "offset": row("How many to skip."),

        // Sessions
        "name": row("The name."),
        "config": row("Settings of the session: `autoRejectCalls`, `maxReconnectAttempts`, `reconnectBaseDelay`."),
        "phone": row("The linked account's number."),
        "pushName": row("The linked account's name."),
        "connectedAt": row("When it was connected last."),
        "lastActive": row("When something happened last."),
        "createdAt": row("When it was made."),
        "updatedAt": row("When it was changed last."),
        "lastError": row("Why it failed."),
        "engineLoaded": row("Whether it is running: it can be stopped, and not started."),
        "qrCode": row("The code to scan, as a PNG data URL."),
        "qr": row("The text inside the code."),

        // Contacts
        "exists": row("Whether the number is on WhatsApp."),
        "whatsappId": row("The id to write to."),

        // Groups
        "groupId": row("The group.", "120363021234567890@g.us"),
        "linkedParentJID": row("The community the group belongs to."),
        "description": row("The group's description."),
        "owner": row("Who made the group."),
        "isReadOnly": row("Whether the account may only read."),
        "isAnnounce": row("Whether only admins may write."),
        "announce": row("The same as `isAnnounce`."),
        "locked": row("Whether only admins may change name and picture."),
        "ephemeralSeconds": row("After how many seconds messages disappear; 0 for never."),
        "memberAddMode": row("Who may add members."),
        "participants": row("The members."),
        "isAdmin": row("Whether the member is an admin."),
        "isSuperAdmin": row("Whether the member made the group."),

        // Keys
        "id": row("The id.", "5d0f6f3e-2f61-4c38-9f0c-6f6f1c2b7a10"),
        "keyPrefix": row("The first characters of the key, to recognise it by."),
        "role": row("What the key may do: `viewer` reads, `operator` sends and runs sessions, `admin` manages keys."),
        "allowedIps": row("IPv4 addresses and CIDR ranges the key may be used from; all without it."),
        "allowedSessions": row(
            "Sessions the key reaches, by id; names are accepted and resolved at once. All without it."),
        "isActive": row("False once it is revoked."),
        "expiresAt": row("When it ends; ISO 8601."),
        "lastUsedAt": row("When a request was admitted with it last."),
        "usageCount": row("How many requests were admitted with it."),
        "apiKey": row("The key itself, shown this once."),
        "valid": row("Always true; a bad key is a 401."),
        "engineType": row("Always `native`."),
        "scoped": row("Whether the key is bound to sessions."),

        // Server, errors
        "success": row("Whether WhatsApp did it."),
        "version": row("The server's version, for callers with a key."),
        "details": row("What is up and what is down."),
        "code": row("The stable name of the error."),
        "error": row("The status in words."),
        "statusCode": row("The HTTP status."),
        "message": row("What is wrong; a list of texts where fields of a body are."),
        "requestId": row("The request's id in the server's log."),
        "docUrl": row("Where the code is explained."),
        "retryAfterSeconds": row("When to repeat."),
        "meaning": row("What happened."),
        "advice": row("What the caller can do."),
    ]

    private static func row(_ text: String, _ example: String? = nil) -> Row { Row(text: text, example: example) }
}
