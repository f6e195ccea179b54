import Gateway
import Hummingbird
import StrictJSON

/// One admitted request, as a route's handler sees it.
struct APICall: Sendable {
    let gateway: MessagingGateway
    /// Who calls; nil only on open routes.
    let caller: Caller?
    let headers: HTTPFields
    let query: QueryParameters
    fileprivate let content: RequestContent
    fileprivate let pathParameters: Parameters

    init(
        gateway: MessagingGateway, caller: Caller?, request: Request, content: RequestContent,
        pathParameters: Parameters
    ) {
        self.gateway = gateway
        self.caller = caller
        self.content = content
        self.pathParameters = pathParameters
        headers = request.headers
        query = QueryParameters(request.uri.query)
    }

    /// The session in the path: its id or its name.
    var session: String {
        get throws(APIError) { try parameter("sessionId") }
    }

    /// A decoded part of the path.
    func parameter(_ name: String) throws(APIError) -> String {
        guard let raw = pathParameters.get(name) else {
            preconditionFailure("The route's path has no part called '\(name)'.")
        }
        return try Self.decode(raw)
    }

    /// The body, if it obeys the model's fields.
    func body<Model: RequestModel>(_ model: Model.Type = Model.self) throws(APIError) -> Model {
        Model(try values(for: Model.fields))
    }

    /// The body's values as the fingerprint of a request sees them: checked and, for forms, converted.
    func values(for fields: FieldSet) throws(APIError) -> FieldValues { try content.values(for: fields) }

    static func decode(_ raw: String) throws(APIError) -> String {
        switch PercentEncoding.decode(raw.utf8, plusIsSpace: false) {
        case .text(let text): return text
        case .malformed: throw .undecodablePath(raw)
        case .nul: throw .encodedNUL
        }
    }
}

/// What a handler answers.
struct APIReply: Sendable {
    var status: HTTPResponse.Status
    var headers: HTTPFields = [:]
    /// JSON, or what `contentType` says; nil for an answer without a body.
    var json: [UInt8]?
    var contentType = "application/json; charset=utf-8"
    /// Something written bit by bit instead.
    var body: ResponseBody?

    static func ok(_ model: some JSONWritable) -> APIReply { APIReply(status: .ok, json: JSONWriter.bytes(of: model)) }

    static func created(_ model: some JSONWritable) -> APIReply {
        APIReply(status: .created, json: JSONWriter.bytes(of: model))
    }

    static func list(_ models: some Sequence<some JSONWritable>) -> APIReply {
        var json = JSONWriter()
        json.array(models)
        return APIReply(status: .ok, json: json.bytes)
    }

    static let noContent = APIReply(status: .noContent)

    var response: Response {
        var response =
            json.map { Response(status: status, json: $0, contentType: contentType) } ?? Response(status: status)
        if let body {
            response = Response(status: status, headers: [.contentType: contentType], body: body)
        }
        if !headers.isEmpty { response.headers.append(contentsOf: headers) }
        return response
    }
}
