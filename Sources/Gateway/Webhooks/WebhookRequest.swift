import NIOHTTP1
import StrictJSON

/// One request to an endpoint: the contract's body and headers (11.1), and those of Standard Webhooks beside them.
///
/// ```
/// {"event":"message.received","timestamp":"2026-11-01T08:00:00.000Z","sessionId":"<uuid>",
///  "idempotencyKey":"msg_<sid>_<messageId>_<webhookId>","deliveryId":"dlv_<uuid>","data":{…}}
/// ```
/// The body of an event is the same at every attempt.
struct WebhookRequest: Sendable, Equatable {
    let event: String
    let idempotencyKey: String
    let deliveryID: String
    /// The event's own, the same for all webhooks and attempts.
    let webhookID: String
    let body: [UInt8]

    init(
        event: String, atMilliseconds time: Int64, sessionID: String, identity: String, id: String, data: String,
        deliveryID: String, webhook: WebhookRecord
    ) {
        self.event = event
        self.deliveryID = deliveryID
        webhookID = id
        let idempotencyKey = "\(identity)_\(webhook.id)"
        self.idempotencyKey = idempotencyKey
        var json = JSONWriter(reservingCapacity: data.utf8.count + 384)
        json.object { json in
            json.member("event", event)
            json.member("timestamp", ISO8601Text.of(milliseconds: time))
            json.member("sessionId", sessionID)
            json.member("idempotencyKey", idempotencyKey)
            json.member("deliveryId", deliveryID)
            json.member("data", raw: data)
        }
        body = json.bytes
    }

    /// The headers of one attempt.
    ///
    /// - Parameter attempt: 0 for the first.
    func headers(for webhook: WebhookRecord, attempt: Int, nowMilliseconds now: Int64) -> HTTPHeaders {
        var headers = HTTPHeaders()
        for header in webhook.headers where !Self.isReserved(header.name) {
            headers.add(name: header.name, value: header.value)
        }
        headers.add(name: "Content-Type", value: "application/json")
        headers.add(name: "User-Agent", value: "OpenWA-Webhook/1.0.0")
        headers.add(name: "X-OpenWA-Event", value: event)
        headers.add(name: "X-OpenWA-Idempotency-Key", value: idempotencyKey)
        headers.add(name: "X-OpenWA-Delivery-Id", value: deliveryID)
        headers.add(name: "X-OpenWA-Retry-Count", value: String(attempt))
        let secrets = webhook.secrets(nowMilliseconds: now)
        guard let secret = secrets.first else { return headers }
        headers.add(name: "X-OpenWA-Signature", value: WebhookSignature.openWA(secret: secret, body: body))
        let seconds = now / 1000
        headers.add(name: "webhook-id", value: webhookID)
        headers.add(name: "webhook-timestamp", value: String(seconds))
        headers.add(
            name: "webhook-signature",
            value: WebhookSignature.standard(secrets: secrets, id: webhookID, timestampSeconds: seconds, body: body))
        return headers
    }

    /// Headers that a webhook cannot bring: ours, and those that say how the request is sent.
    private static func isReserved(_ name: String) -> Bool {
        let name = name.lowercased()
        return name.hasPrefix("x-openwa-") || reserved.contains(name)
    }

    private static let reserved: Set<String> = [
        "content-type", "user-agent", "connection", "content-length", "expect", "keep-alive", "te", "trailer",
        "transfer-encoding", "upgrade", "host", "webhook-id", "webhook-timestamp", "webhook-signature",
    ]
}
