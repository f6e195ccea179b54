import NIOHTTP1
import StrictJSON

/// Makes one attempt: takes the event from the log, puts in the bytes of its file, signs, posts.
struct WebhookSender: Sendable {
    let log: EventLog
    let shelf: MediaShelf
    let post: GuardedPost
    let settings: WebhookSettings
    let clock: any Clock<Duration>
    let nowMilliseconds: @Sendable () -> Int64

    /// Sends an event to a webhook as it is now.
    ///
    /// - Parameters:
    ///   - attempts: How many were made before.
    ///   - isRedrive: A person asks for it: whether the webhook is switched on, and for what, does not matter.
    func attempt(
        _ key: DeliveryKey, deliveryID: String, attempts: Int, isRedrive: Bool = false
    ) async -> DeliveryResult {
        let startedAt = nowMilliseconds()
        func result(_ outcome: DeliveryResult.Outcome, url: String = "") -> DeliveryResult {
            DeliveryResult(
                key: key, deliveryID: deliveryID, url: url, startedAtMilliseconds: startedAt,
                durationMilliseconds: max(0, nowMilliseconds() - startedAt), outcome: outcome)
        }
        guard let webhook = log.webhooks[key.webhookID], webhook.isActive || isRedrive else { return result(.unwanted) }
        do {
            guard let event = try await log.event(key.seq) else {
                return result(.undeliverable("The event is no longer kept"), url: webhook.url)
            }
            guard isRedrive || webhook.subscribes(to: event.name) else { return result(.unwanted) }
            let request = try await request(for: event, deliveryID: deliveryID, webhook)
            guard request.body.count <= settings.maximumPayloadByteCount else {
                let limit = settings.maximumPayloadByteCount
                return result(.undeliverable("The payload is larger than \(limit) bytes"), url: webhook.url)
            }
            return result(try await send(request, to: webhook, attempt: attempts), url: webhook.url)
        } catch is CancellationError {
            return result(.interrupted, url: webhook.url)
        } catch {
            return result(.unanswered("The event could not be read"), url: webhook.url)
        }
    }

    /// The answer of the endpoint.
    ///
    /// - Throws: `CancellationError`.
    func send(
        _ request: WebhookRequest, to webhook: WebhookRecord, attempt: Int
    ) async throws -> DeliveryResult.Outcome {
        do {
            let answer = try await post.post(
                try WebURL(parsing: webhook.url),
                headers: request.headers(for: webhook, attempt: attempt, nowMilliseconds: nowMilliseconds()),
                body: request.body, timeout: settings.timeout)
            return .answered(
                status: answer.status, reason: answer.reason,
                retryAfterSeconds: answer.headers.first(name: "Retry-After").flatMap {
                    RetryAfter.seconds($0, nowMilliseconds: nowMilliseconds())
                })
        } catch let error as DestinationError {
            return .unanswered(Self.text(of: error))
        }
    }

    private func request(
        for event: EventRecord, deliveryID: String, _ webhook: WebhookRecord
    ) async throws -> WebhookRequest {
        func request(_ data: String) -> WebhookRequest {
            WebhookRequest(
                event: event.name.rawValue, atMilliseconds: event.occurredAtMilliseconds, sessionID: event.sessionID,
                identity: event.identity, id: event.id, data: data, deliveryID: deliveryID, webhook: webhook)
        }
        guard let row = event.mediaRow,
            let media = try await shelf.inline(
                row, in: event.sessionID, maximumByteCount: settings.maximumInlineByteCount)
        else { return request(event.data) }
        let whole = request(Self.data(event.data, with: media))
        // Too large as a whole: without the bytes it may fit (contract 11.4).
        return whole.body.count <= settings.maximumPayloadByteCount ? whole : request(event.data)
    }

    /// The event's data with a file in place of its marker.
    private static func data(_ data: String, with media: JSONObject) -> String {
        guard case .object(let object)? = try? JSONReader.read(Array(data.utf8)) else { return data }
        let members = object.members.map { member in
            member.name == "media" ? JSONObject.Member(name: "media", value: .object(media)) : member
        }
        return JSONObject(members).json
    }

    /// In words that name no address.
    private static func text(of error: DestinationError) -> String {
        switch error {
        case .notAllowed: error.message
        case .timedOut: "The endpoint did not answer in time"
        default: "The endpoint cannot be reached"
        }
    }
}
