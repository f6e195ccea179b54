import Hummingbird

/// Turns whatever the inner layers answer or throw into the form every answer has.
///
/// Errors become the contract's envelope, a preflight request is answered here, and all answers get their headers.
/// Whatever answers HEAD has no body.
struct EnvelopeMiddleware: RouterMiddleware {
    let headers: ResponseHeaders
    let requestIDs: RequestIDSource
    let addresses: ClientAddresses
    /// The documentation page, for links from errors.
    let documentation: String
    let answersScopeAsForbidden: Bool

    @concurrent
    func handle(
        _ request: Request, context: APIContext, next: @concurrent (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        let requestID = requestIDs.id(offered: request.headers[.requestID])
        let address = addresses.client(peer: context.peerAddress, forwardedFor: request.headers[.forwardedFor])
        context.trace.note { facts in
            facts.requestID = requestID
            facts.clientAddress = address
        }
        let origin = request.headers[.origin].flatMap { $0.utf8.allSatisfy { $0 < 0x80 } ? $0 : nil }
        guard Self.isReadable(request.uri.string.utf8) else {
            var response = answer(to: APIError.unencodedURL, request, context, requestID)
            headers.add(to: &response.headers, requestID: requestID, origin: origin)
            return response
        }
        if request.method == .options {
            // Clients of Socket.IO may be told to send headers of all kinds, and servers of it allow them.
            let requested =
                request.uri.path.hasPrefix(SocketRoutes.path) ? request.headers[.accessControlRequestHeaders] : nil
            var response = Response(
                status: .noContent, headers: headers.preflight(origin: origin, requested: requested))
            headers.add(to: &response.headers, requestID: requestID, origin: nil)
            return response
        }
        var response: Response
        do {
            response = try await next(request, context)
        } catch {
            response = answer(to: error, request, context, requestID)
        }
        response.headers.append(contentsOf: context.trace.facts.headers)
        headers.add(to: &response.headers, requestID: requestID, origin: origin)
        // The bytes of a body would be taken for the next answer's; its length may be told.
        return request.method == .head ? response.createHeadResponse() : response
    }

    /// A URL is ASCII (RFC 3986). A little beyond it is put up with; much could make the router compare for seconds, see
    /// `ExactText`.
    private static func isReadable(_ url: String.UTF8View) -> Bool {
        url.count <= 1_024 || url.allSatisfy { $0 < 0x80 }
    }

    private func answer(
        to error: any Error, _ request: Request, _ context: APIContext, _ requestID: String
    ) -> Response {
        var reply: ErrorReply
        switch error {
        case let error as HTTPError where error.status == .notFound:
            // The router's own answer for a method and path that no route has.
            let path = request.head.path ?? "/"
            reply = ErrorReply(answering: APIError.unknownRoute(method: request.method.rawValue, path: path))
        default:
            reply = ErrorReply(answering: error)
            if reply == .internalError {
                context.trace.note { $0.fault = String(String(reflecting: error).prefix(300)) }
            }
        }
        if answersScopeAsForbidden { reply.answerScopeAsForbidden() }
        return reply.response(
            ErrorOccurrence(
                requestID: requestID, path: request.uri.path,
                asProblem: ProblemPreference.isPreferred(request.headers[.accept]), documentation: documentation))
    }
}
