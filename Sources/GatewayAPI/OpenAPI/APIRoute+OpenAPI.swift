import Gateway
import HTTPTypes
import StrictJSON

extension APIRoute {
    /// `/api/sessions/{sessionId}`.
    var documentedPath: String { "/api/" + path }

    /// The names between braces.
    var pathParameters: [String] {
        path.split(separator: "/").filter { $0.hasPrefix("{") }.map { String($0.dropFirst().dropLast()) }
    }

    /// `postSessionsBySessionIdMessagesSendText`: the method and the words of the path.
    var operationID: String {
        let words = path.split(separator: "/").map { part in
            part.hasPrefix("{") ? "By-\(part.dropFirst().dropLast())" : String(part)
        }
        .flatMap { $0.split(whereSeparator: { $0 == "-" || $0 == "." }) }
        return method.rawValue.lowercased() + words.map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
    }
}

/// Writes one route with its operation.
struct OperationDocument {
    let route: APIRoute
    let operation: Operation

    private var access: Access { route.access }

    func json(_ writer: inout SchemaWriter) -> JSONValue {
        var members: [(String, JSONValue)] = [
            ("tags", .array([.string(operation.tag.rawValue)])), ("summary", .string(operation.summary)),
            ("operationId", .string(route.operationID)),
        ]
        members.append(
            ("description", .string([operation.details, accessText].compactMap { $0 }.joined(separator: "\n\n"))))
        if access == .open { members.append(("security", .array([]))) }
        let parameters = parameters(&writer)
        if !parameters.isEmpty { members.append(("parameters", .array(parameters))) }
        if let body = operation.body { members.append(("requestBody", requestBody(body, &writer))) }
        members.append(("responses", .object(JSONObject(responses(&writer)))))
        return .object(JSONObject(members))
    }

    private var accessText: String {
        switch access {
        case .open: "Open: needs no key."
        case .key(.viewer): "Needs a key."
        case .key(let role): "Needs a key of role `\(role.rawValue)` or higher."
        case .unscopedKey(let role):
            "Needs a key of role `\(role.rawValue)` or higher that is not bound to sessions."
        }
    }

    // MARK: - What goes in

    private func parameters(_ writer: inout SchemaWriter) -> [JSONValue] {
        var list: [JSONValue] = []
        for name in route.pathParameters {
            var members: [(String, JSONValue)] = [
                ("name", .string(name)), ("in", .string("path")), ("required", .boolean(true)),
            ]
            if let text = FieldGlossary.text(of: name) { members.append(("description", .string(text))) }
            members.append(("schema", .object(("type", .string("string")))))
            if let example = FieldGlossary.example(of: name) { members.append(("example", .string(example))) }
            list.append(.object(JSONObject(members)))
        }
        for parameter in operation.query {
            var members: [(String, JSONValue)] = [("name", .string(parameter.name)), ("in", .string("query"))]
            if let text = FieldGlossary.text(of: parameter.name) { members.append(("description", .string(text))) }
            members.append(("schema", writer.json(of: parameter.schema)))
            list.append(.object(JSONObject(members)))
        }
        for header in operation.headers {
            list.append(
                .object(
                    ("name", .string(header.rawValue)), ("in", .string("header")),
                    ("description", .string(header.text)),
                    ("schema", .object(("type", .string("string"))))))
        }
        return list
    }

    private func requestBody(_ body: BodyDescription, _ writer: inout SchemaWriter) -> JSONValue {
        let schema = writer.json(of: .named(body.name) { Schema(body.fields) })
        var json: [(String, JSONValue)] = [("schema", schema)]
        let examples = operation.examples.compactMap { example in
            example.body.map { text in
                (example.title, JSONValue.object(("value", Self.value(of: text))))
            }
        }
        if !examples.isEmpty { json.append(("examples", .object(JSONObject(examples)))) }
        var content: [(String, JSONValue)] = [
            ("application/json", .object(JSONObject(json))),
            ("application/x-www-form-urlencoded", .object(("schema", schema))),
        ]
        if body.acceptsFiles { content.append(("multipart/form-data", .object(("schema", Self.form(schema))))) }
        return .object(
            ("required", .boolean(body.fields.fields.contains { !$0.isOptional })),
            ("content", .object(JSONObject(content))))
    }

    /// The same fields, with the file as a part of its own.
    private static func form(_ schema: JSONValue) -> JSONValue {
        .object(
            ("type", .string("object")),
            (
                "properties",
                .object(
                    (
                        "file",
                        .object(("type", .string("string")), ("contentMediaType", .string("application/octet-stream")))
                    ))
            ),
            ("description", .string("The fields of the JSON body, and the file instead of `base64`.")))
    }

    private static func value(of text: String) -> JSONValue {
        guard let value = try? JSONReader.read(Array(text.utf8)) else {
            preconditionFailure("An example is no JSON: \(text)")
        }
        return value
    }

    // MARK: - What comes out

    private func responses(_ writer: inout SchemaWriter) -> [(String, JSONValue)] {
        let answer = operation.answer
        var success: [(String, JSONValue)] = [("description", .string(answer.status.reasonPhrase))]
        if let schema = answer.schema {
            let content = JSONValue.object(("schema", writer.json(of: schema)))
            success.append(("content", .object(JSONObject([(answer.contentType, content)]))))
        }
        if !answer.headers.isEmpty {
            let headers = answer.headers.map { header in
                (
                    header.name,
                    JSONValue.object(
                        ("description", .string(header.text)), ("schema", .object(("type", .string("string")))))
                )
            }
            success.append(("headers", .object(JSONObject(headers))))
        }
        var responses = [(String(answer.status.code), JSONValue.object(JSONObject(success)))]
        if let other = answer.otherStatus {
            responses.append((String(other.code), .object(JSONObject(success))))
        }
        let codes = errorCodes
        for status in Set(codes.map(\.entry.status.code)).sorted()
        where !responses.contains(where: { $0.0 == String(status) }) {
            let names = codes.filter { $0.entry.status.code == status }.map { "`\($0.rawValue)`" }
            responses.append(
                (
                    String(status),
                    .object(
                        ("description", .string(names.joined(separator: ", "))),
                        (
                            "content",
                            .object(
                                ("application/json", .object(("schema", writer.json(of: ErrorSchemas.envelope)))),
                                ("application/problem+json", .object(("schema", writer.json(of: ErrorSchemas.problem))))
                            )
                        ))
                ))
        }
        return responses
    }

    /// What the route names, and what follows from its access, its path and its body; in the catalogue's order.
    private var errorCodes: [ErrorCode] {
        var codes = Set(operation.errors)
        if operation.body != nil {
            codes.formUnion([.malformedBody, .validationFailed, .unsupportedEncoding, .bodyTooLarge, .busy])
        }
        if !operation.query.isEmpty { codes.insert(.invalidParameter) }
        switch access {
        case .open: break
        case .key(let role):
            codes.formUnion(Self.keyErrors)
            if route.pathParameters.contains("sessionId") { codes.insert(.sessionNotAllowed) }
            if role > .viewer { codes.insert(.roleTooLow) }
        case .unscopedKey: codes.formUnion(Self.keyErrors + [.roleTooLow, .unscopedKeyRequired])
        }
        return ErrorCode.allCases.filter(codes.contains)
    }

    private static let keyErrors: [ErrorCode] = [
        .apiKeyRequired, .apiKeyInvalid, .apiKeyRevoked, .apiKeyExpired, .addressNotAllowed, .rateLimited,
        .tooManyWrongKeys,
    ]
}
