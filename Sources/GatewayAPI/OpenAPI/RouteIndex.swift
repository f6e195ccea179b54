import HTTPTypes
import Synchronization

/// One route as its resource declares it.
struct APIRoute: Sendable {
    let method: HTTPRequest.Method
    /// Below `/api/`; parts in braces are parameters: `sessions/{sessionId}`.
    let path: String
    let access: Access
    /// What it says about itself; a test fails while it says nothing.
    let operation: Operation?
}

/// Every route that is registered, and the document they make together.
final class RouteIndex: Sendable {
    private struct State {
        var routes: [APIRoute] = []
        var document: [UInt8]?
    }

    private let version: String
    private let baseURL: String?
    private let state = Mutex(State())

    init(version: String, baseURL: String?) {
        self.version = version
        self.baseURL = baseURL
    }

    var routes: [APIRoute] { state.withLock { $0.routes } }

    func add(_ route: APIRoute) {
        state.withLock { $0.routes.append(route) }
    }

    /// The OpenAPI document, made when it is asked for the first time.
    var document: [UInt8] {
        state.withLock { state in
            if let document = state.document { return document }
            let json = OpenAPIDocument(state.routes, version: version, baseURL: baseURL).json
            let document = Array(json.indentedText.utf8)
            state.document = document
            return document
        }
    }
}
