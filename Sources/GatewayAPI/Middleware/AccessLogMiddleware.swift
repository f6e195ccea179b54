import Hummingbird
import Logging

/// Leaves one line in the log for every request, and nothing secret in it.
///
/// The line has the route's pattern, not the path: ids and phone numbers stay out, as do keys, texts and queries.
struct AccessLogMiddleware: RouterMiddleware {
    let level: Logger.Level?

    @concurrent
    func handle(
        _ request: Request, context: APIContext, next: @concurrent (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        guard let level else { return try await next(request, context) }
        let start = ContinuousClock.now
        let response = try await next(request, context)
        let facts = context.trace.facts
        let isFault = facts.fault != nil
        var logger = context.logger
        logger[metadataKey: "hb.request.id"] = nil
        logger.log(
            level: isFault ? .error : level, "Request answered",
            metadata: metadata(request, context, facts, response, took: ContinuousClock.now - start))
        return response
    }

    private func metadata(
        _ request: Request, _ context: APIContext, _ facts: RequestTrace.Facts, _ response: Response, took: Duration
    ) -> Logger.Metadata {
        let microseconds = took.components.seconds * 1_000_000 + took.components.attoseconds / 1_000_000_000_000
        var metadata: Logger.Metadata = [
            "method": .string(request.method.rawValue),
            "route": .string(context.endpointPath ?? "none"),
            "status": .stringConvertible(response.status.code),
            "microseconds": .stringConvertible(microseconds),
            "request": .string(facts.requestID),
        ]
        if let address = facts.clientAddress { metadata["address"] = .string(address) }
        if let key = facts.keyID { metadata["key"] = .string(key) }
        if let fault = facts.fault { metadata["fault"] = .string(fault) }
        return metadata
    }
}
