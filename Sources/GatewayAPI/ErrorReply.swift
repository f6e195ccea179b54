import Hummingbird

/// An error as the caller sees it (contract 0.3): `{statusCode, message, error?, code?, requestId}`.
///
/// `code` and `requestId` are ours; clients of OpenWA ignore what they do not know.
struct ErrorReply: Sendable, Equatable {
    enum Message: Sendable, Equatable {
        case text(String)
        /// One text for each problem of a body.
        case list([String])
    }

    var status: HTTPResponse.Status
    var message: Message
    /// The status in words; nil where OpenWA's frameworks leave it out.
    var error: String?
    /// A stable name of the refusal for programs.
    var code: String?
    /// After how many seconds a repetition makes sense.
    var retryAfterSeconds: Int?
    /// Whether the connection ends with this answer, because the rest of the request is not read.
    var closesConnection = false

    init(_ status: HTTPResponse.Status, _ message: String, code: String? = nil) {
        self.status = status
        self.message = .text(message)
        self.error = Self.name(of: status)
        self.code = code
    }

    func response(requestID: String) -> Response {
        var json = JSONWriter()
        json.object { json in
            json.member("statusCode", Int64(status.code))
            switch message {
            case .text(let text): json.member("message", text)
            case .list(let texts): json.member("message", array: texts)
            }
            if let error { json.member("error", error) }
            if let code { json.member("code", code) }
            if let retryAfterSeconds { json.member("retryAfterSeconds", Int64(retryAfterSeconds)) }
            json.member("requestId", requestID)
        }
        var response = Response(status: status, json: json.bytes)
        if let retryAfterSeconds { response.headers[.retryAfter] = String(retryAfterSeconds) }
        if closesConnection { response.headers[.connection] = "close" }
        return response
    }

    /// The `error` member of each status, as OpenWA words it (contract 0.3).
    static func name(of status: HTTPResponse.Status) -> String? {
        switch status.code {
        case 400: "Bad Request"
        case 401: "Unauthorized"
        case 403: "Forbidden"
        case 404: "Not Found"
        case 409: "Conflict"
        case 413: "Payload Too Large"
        case 415: "Unsupported Media Type"
        case 422: "Unprocessable Entity"
        case 429: "Too Many Requests"
        case 500: "Internal Server Error"
        case 501: "Not Implemented"
        case 502: "Bad Gateway"
        case 503: "Service Unavailable"
        case 504: "Gateway Timeout"
        default: nil
        }
    }
}

extension Response {
    /// An answer whose body is a JSON text.
    init(status: HTTPResponse.Status, json: [UInt8]) {
        self.init(
            status: status,
            headers: [.contentType: "application/json; charset=utf-8"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: json)))
    }
}
