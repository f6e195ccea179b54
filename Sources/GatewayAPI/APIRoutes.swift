import Gateway
import Hummingbird

/// A resource: it adds its routes.
protocol ResourceRoutes {
    func add(to routes: APIRoutes)
}

/// Where resources put their routes; each request passes body, guard and handler in this order.
struct APIRoutes {
    typealias Handler = @Sendable (APICall) async throws -> APIReply

    let router: RouterGroup<APIContext>
    let bodies: BodyCollector
    let keys: KeyGuard
    /// Nil where the operator set no limits.
    let limits: LimitGuard?

    func get(_ path: RouterPath, _ access: Access, _ handler: @escaping Handler) { on(.get, path, access, handler) }
    func post(_ path: RouterPath, _ access: Access, _ handler: @escaping Handler) { on(.post, path, access, handler) }
    func put(_ path: RouterPath, _ access: Access, _ handler: @escaping Handler) { on(.put, path, access, handler) }
    func delete(_ path: RouterPath, _ access: Access, _ handler: @escaping Handler) {
        on(.delete, path, access, handler)
    }

    private func on(
        _ method: HTTPRequest.Method, _ path: RouterPath, _ access: Access, _ handler: @escaping Handler
    ) {
        let (bodies, keys) = (bodies, keys)
        // Whoever watches over the server must not be the one who is limited (contract 1.6).
        let limits = path.description.hasPrefix("/health") ? nil : limits
        let route = "\(method.rawValue) \(path)"
        router.on(path, method: method) { request, context in
            guard !PercentEncoding.containsNUL(request.uri.string) else { throw APIError.encodedNUL }
            var reserved = 0
            defer { bodies.budget.release(reserved) }
            let body = try await bodies.collect(request, reservation: &reserved)
            let content =
                method == .get ? .empty : try RequestContent.reading(body, contentType: request.headers[.contentType])
            try limits?.admit(address: context.trace.facts.clientAddress, to: route, context.trace)
            let parameters = context.parameters
            let session = try parameters.get("sessionId").map { raw throws(APIError) in try APICall.decode(raw) }
            let caller = try keys.admit(
                request, to: access, session: session, address: context.trace.facts.clientAddress)
            if let caller {
                context.trace.note { $0.keyID = caller.key.id }
                try limits?.admit(keyID: caller.key.id, to: route, context.trace)
            }
            let call = APICall(
                gateway: keys.gateway, caller: caller, request: request, content: content, pathParameters: parameters)
            return try await handler(call).response
        }
    }
}
