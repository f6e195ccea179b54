import HTTPTypes
import StrictJSON

/// The OpenAPI 3.1 document of everything that is registered.
struct OpenAPIDocument {
    private let routes: [(route: APIRoute, operation: Operation)]
    private let version: String
    /// Where callers reach the server.
    private let baseURL: String

    init(_ routes: [APIRoute], version: String, baseURL: String? = nil) {
        self.routes = routes.compactMap { route in route.operation.map { (route, $0) } }
        self.version = version
        self.baseURL = baseURL ?? "/"
    }

    var json: JSONValue {
        var writer = SchemaWriter()
        let paths = paths(&writer)
        _ = writer.json(of: ErrorSchemas.envelope)
        _ = writer.json(of: ErrorSchemas.problem)
        let schemas = writer.components.sorted { $0.name < $1.name }
        return .object(
            ("openapi", .string("3.1.0")),
            (
                "info",
                .object(
                    ("title", .string("OpenWA for Swift")), ("version", .string(version)),
                    ("summary", .string("A self-hosted WhatsApp gateway.")),
                    ("description", .string(Self.introduction)),
                    ("license", .object(("name", .string("MIT")), ("identifier", .string("MIT"))))
                )
            ),
            ("servers", .array([.object(("url", .string(baseURL)))])),
            ("security", .array([.object(("apiKey", .array([]))), .object(("bearer", .array([])))])),
            ("tags", .array(tags.map { .object(("name", .string($0.rawValue))) })),
            ("paths", .object(JSONObject(paths))),
            (
                "components",
                .object(
                    ("schemas", .object(JSONObject(schemas.map { ($0.name, $0.schema) }))),
                    ("securitySchemes", Self.securitySchemes))
            ))
    }

    private static let introduction = """
        Every route but a few open ones needs an API key, as `X-API-Key` or as a Bearer token. A session in a path is its id or its \
        name. Fields that a body does not declare are refused. Errors have a stable `code`, explained at `GET /api/errors`; whoever \
        prefers `application/problem+json` in `Accept` gets RFC 9457.
        """

    private static let securitySchemes = JSONValue.object(
        (
            "apiKey",
            .object(("type", .string("apiKey")), ("in", .string("header")), ("name", .string("X-API-Key")))
        ),
        ("bearer", .object(("type", .string("http")), ("scheme", .string("bearer")))))

    private var tags: [Operation.Tag] {
        Operation.Tag.allCases.filter { tag in routes.contains { $0.operation.tag == tag } }
    }

    /// Paths in the order of their tags, and within one as they were declared.
    private func paths(_ writer: inout SchemaWriter) -> [(String, JSONValue)] {
        var paths: [(path: String, methods: [(String, JSONValue)])] = []
        for tag in tags {
            for (route, operation) in routes where operation.tag == tag {
                let documented = OperationDocument(route: route, operation: operation).json(&writer)
                let method = (route.method.rawValue.lowercased(), documented)
                if let place = paths.firstIndex(where: { $0.path == route.documentedPath }) {
                    paths[place].methods.append(method)
                } else {
                    paths.append((route.documentedPath, [method]))
                }
            }
        }
        return paths.map { ($0.path, .object(JSONObject($0.methods))) }
    }
}

/// The two forms of every error.
enum ErrorSchemas {
    static let envelope = Schema.named("Error") {
        .object([
            .always("statusCode", .integer),
            .always(
                "message",
                .keywords(
                    JSONObject([
                        (
                            "oneOf",
                            .array([
                                .object(("type", .string("string"))),
                                .object(("type", .string("array")), ("items", .object(("type", .string("string"))))),
                            ])
                        )
                    ]))),
            .maybe("error", .string),
            .always("code", .oneOf(ErrorCode.allCases.map(\.rawValue))),
            .maybe("retryAfterSeconds", .integer),
            .always("requestId", .string),
            .always("docUrl", .string),
        ])
    }

    static let problem = Schema.named("Problem") {
        .object([
            .always("type", .string), .always("title", .string), .always("status", .integer),
            .always("detail", .string), .always("instance", .string),
            .always("code", .oneOf(ErrorCode.allCases.map(\.rawValue))),
            .maybe("retryAfterSeconds", .integer), .always("requestId", .string),
            .maybe("errors", .array(of: .object([.always("detail", .string)]))),
        ])
    }
}
