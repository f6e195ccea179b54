package import Gateway
package import Hummingbird
import HummingbirdCore
package import Logging
package import NIOCore
import Synchronization

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Puts the HTTP side together: middleware, then one line a resource.
package enum APIApplication {
    /// The service that answers HTTP until it is shut down; requests under way are finished first.
    ///
    /// - Parameters:
    ///   - onListening: Called once with the bound channel; its local address has the real port.
    package static func make(
        _ gateway: MessagingGateway, configuration: APIConfiguration, logger: Logger,
        eventLoopGroup: (any EventLoopGroup)? = nil,
        onListening: @escaping @Sendable (any Channel) async -> Void = { _ in }
    ) -> some ApplicationProtocol {
        let parts = routes(gateway, configuration: configuration)
        let sockets = parts.sockets
        return Application(
            responder: parts.router.buildResponder(),
            server: HTTPServerBuilder { responder in
                GuardedHTTP1Channel(
                    configuration,
                    maximumBodyByteCount: { uri in
                        MediaBodyReader.isMedia(uri)
                            ? MediaBodyReader.maximumByteCount(forFilesOf: gateway.mediaSpool.maximumByteCount)
                            : configuration.maximumBodyByteCount
                    }, webSockets: sockets.admit, responder: responder)
            },
            configuration: ApplicationConfiguration(
                address: .hostname(configuration.host, port: configuration.port), backlog: 1024),
            services: [sockets.sockets],
            onServerRunning: onListening,
            eventLoopGroupProvider: eventLoopGroup.map { .shared($0) } ?? .singleton,
            logger: logger)
    }

    /// The picture of a code to scan, as a PNG data URL.
    @Sendable package static func qrImage(of text: String) -> String? { QRImage.dataURL(for: text) }

    /// The OpenAPI document of all routes, as `openapi.json` has it.
    package static func openAPI(_ gateway: MessagingGateway, configuration: APIConfiguration) -> String {
        String(decoding: routes(gateway, configuration: configuration).index.document, as: UTF8.self)
    }

    /// Everything that is registered, for serving and for the documentation.
    static func routes(
        _ gateway: MessagingGateway, configuration: APIConfiguration
    ) -> (router: Router<APIContext>, index: RouteIndex, sockets: SocketRoutes) {
        let router = Router(context: APIContext.self, options: .autoGenerateHeadEndpoints)
        let addresses = ClientAddresses(trustedProxies: configuration.trustedProxies)
        router.add(middleware: AccessLogMiddleware(level: configuration.accessLogLevel))
        router.add(
            middleware: EnvelopeMiddleware(
                headers: ResponseHeaders(configuration), requestIDs: RequestIDSource(),
                addresses: addresses,
                documentation: configuration.documentation,
                answersScopeAsForbidden: configuration.answersScopeAsForbidden))

        let budget = BodyBudget(byteCount: configuration.bodyBudgetByteCount ?? 4 * configuration.maximumBodyByteCount)
        let keys = KeyGuard(gateway: gateway, wrongKeys: WrongKeyLimit(), nowMilliseconds: wallClock)
        let routes = APIRoutes(
            router: router.group("api"),
            index: RouteIndex(version: configuration.version, baseURL: configuration.baseURL),
            bodies: BodyCollector(maximumByteCount: configuration.maximumBodyByteCount, budget: budget),
            mediaBodies: MediaBodyReader(spool: gateway.mediaSpool, budget: budget),
            keys: keys,
            limits: LimitGuard(configuration.requestWindows, nowMilliseconds: wallClock))
        let resources: [any ResourceRoutes] = [
            HealthRoutes(version: configuration.version, nowMilliseconds: wallClock),
            SessionRoutes(),
            MessageRoutes(),
            MessageActionRoutes(),
            MessageMediaRoutes(),
            BulkRoutes(),
            TemplateRoutes(),
            MediaRoutes(),
            MessageReadingRoutes(), ChatRoutes(), PresenceRoutes(),
            ContactRoutes(),
            GroupRoutes(),
            WebhookRoutes(),
            EventRoutes(),
            AuthRoutes(),
            ErrorRoutes(page: configuration.documentation),
        ]
        for resource in resources { resource.add(to: routes) }
        if configuration.servesSearch { SearchRoutes(maximumLimit: configuration.maximumSearchLimit).add(to: routes) }
        if configuration.servesDocumentation { DocumentationRoutes().add(to: routes) }
        let sockets = SocketRoutes(
            sockets: LiveSockets(configuration.sockets, keys: keys), budget: budget, addresses: addresses)
        sockets.add(to: router)
        return (router, routes.index, sockets)
    }

    @Sendable private static func wallClock() -> Int64 {
        Int64((Date().timeIntervalSince1970 * 1000).rounded(.down))
    }
}
