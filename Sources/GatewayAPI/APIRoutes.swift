import Gateway
import Hummingbird

/// A resource: it adds its routes.
protocol ResourceRoutes {
    func add(to routes: APIRoutes)
}

/// How a route's body is read.
enum BodyReading: Sendable {
    /// Into memory, before the key is looked at (contract 1.1).
    case collected
    /// As it comes, files into the spool. Only for callers with a good key: nobody else may fill the disk.
    case media
}

/// Where resources put their routes; each request passes body, guard and handler in this order.
struct APIRoutes {
    typealias Handler = @Sendable (APICall) async throws -> APIReply

    let router: RouterGroup<APIContext>
    /// Knows every route, for the documentation.
    let index: RouteIndex
    let bodies: BodyCollector
    let mediaBodies: MediaBodyReader
    let keys: KeyGuard
    /// Nil where the operator set no limits.
    let limits: LimitGuard?

    func get(_ path: RouterPath, _ access: Access, _ operation: Operation? = nil, _ handler: @escaping Handler) {
        on(.get, path, access, operation, handler)
    }
    func post(_ path: RouterPath, _ access: Access, _ operation: Operation? = nil, _ handler: @escaping Handler) {
        on(.post, path, access, operation, handler)
    }
    func post(
        _ path: RouterPath, _ access: Access, _ reading: BodyReading, _ operation: Operation? = nil,
        _ handler: @escaping Handler
    ) {
        switch reading {
        case .collected: on(.post, path, access, operation, handler)
        case .media: onMedia(path, access, operation, handler)
        }
    }
    func put(_ path: RouterPath, _ access: Access, _ operation: Operation? = nil, _ handler: @escaping Handler) {
        on(.put, path, access, operation, handler)
    }
    func patch(_ path: RouterPath, _ access: Access, _ operation: Operation? = nil, _ handler: @escaping Handler) {
        on(.patch, path, access, operation, handler)
    }
    func delete(_ path: RouterPath, _ access: Access, _ operation: Operation? = nil, _ handler: @escaping Handler) {
        on(.delete, path, access, operation, handler)
    }

    private func note(
        _ method: HTTPRequest.Method, _ path: RouterPath, _ access: Access, _ operation: Operation?
    ) {
        index.add(
            APIRoute(
                method: method, path: String(path.description.drop { $0 == "/" }), access: access, operation: operation)
        )
    }

    private func on(
        _ method: HTTPRequest.Method, _ path: RouterPath, _ access: Access, _ operation: Operation?,
        _ handler: @escaping Handler
    ) {
        note(method, path, access, operation)
        let (bodies, keys) = (bodies, keys)
        // Whoever watches over the server must not be the one who is limited (contract 1.6).
        let limits = path.description.hasPrefix("/health") ? nil : limits
        let route = "\(method.rawValue) \(path)"
        router.on(path, method: method) { request, context in
            guard !PercentEncoding.containsNUL(request.uri.string) else { throw APIError.encodedNUL }
            var reserved = 0
            defer { bodies.budget.release(reserved) }
            let body = try await bodies.collect(request, hasKey: keys.knows(request), reservation: &reserved)
            let content =
                method == .get ? .empty : try RequestContent.reading(body, contentType: request.headers[.contentType])
            let caller = try Self.admit(request, access, to: route, keys, limits, context)
            let call = APICall(
                gateway: keys.gateway, caller: caller, request: request, content: content,
                pathParameters: context.parameters)
            return try await handler(call).response
        }
    }

    private func onMedia(
        _ path: RouterPath, _ access: Access, _ operation: Operation?, _ handler: @escaping Handler
    ) {
        note(.post, path, access, operation)
        let (bodies, keys, limits) = (mediaBodies, keys, limits)
        let route = "POST \(path)"
        router.on(path, method: .post) { request, context in
            guard !PercentEncoding.containsNUL(request.uri.string) else { throw APIError.encodedNUL }
            let caller = try Self.admit(request, access, to: route, keys, limits, context)
            var reserved = 0
            defer { bodies.budget.release(reserved) }
            let files = MediaBodyReader.Files(spool: bodies.spool)
            defer { files.release() }
            let content = try await bodies.read(request, into: files, reservation: &reserved)
            let call = APICall(
                gateway: keys.gateway, caller: caller, request: request, content: content,
                pathParameters: context.parameters)
            return try await handler(call).response
        }
    }

    /// The address's limit, the key, the key's limit.
    private static func admit(
        _ request: Request, _ access: Access, to route: String, _ keys: KeyGuard, _ limits: LimitGuard?,
        _ context: APIContext
    ) throws(APIError) -> Caller? {
        let address = context.trace.facts.clientAddress
        try limits?.admit(address: address, to: route, context.trace)
        let session = try context.parameters.get("sessionId").map { raw throws(APIError) in try APICall.decode(raw) }
        let caller = try keys.admit(request, to: access, session: session, address: address)
        if let caller {
            context.trace.note { $0.keyID = caller.key.id }
            try limits?.admit(keyID: caller.key.id, to: route, context.trace)
        }
        return caller
    }
}
