import Hummingbird
import Logging
import NIOCore
import Synchronization

/// What is known of one request while it walks through middleware and route.
struct APIContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// The address of the socket's other end, without port; nil where there is none.
    let peerAddress: String?
    /// Facts that inner layers learn and outer layers log.
    let trace = RequestTrace()

    init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        peerAddress = source.channel.remoteAddress?.ipAddress
    }
}

/// A note that travels with a request from the inside out: who called, and what went wrong inside.
final class RequestTrace: Sendable {
    struct Facts: Sendable {
        /// The id by which caller and log name this request.
        var requestID = ""
        /// The address of the caller, after trusted proxies.
        var clientAddress: String?
        /// The id of the key, never the key.
        var keyID: String?
        /// Headers that the answer gets whatever it turns out to be.
        var headers: HTTPFields = [:]
        /// What our own fault was, for the log only.
        var fault: String?
    }

    private let stored = Mutex(Facts())

    var facts: Facts { stored.withLock { $0 } }

    func note(_ change: (inout Facts) -> Void) {
        stored.withLock { change(&$0) }
    }
}
