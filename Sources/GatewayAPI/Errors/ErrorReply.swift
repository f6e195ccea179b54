import Hummingbird

/// An error as the caller is told of it; `ErrorReply+Rendering` knows the two forms it is written in.
struct ErrorReply: Sendable, Equatable {
    enum Message: Sendable, Equatable {
        case text(String)
        /// One text for each problem of a body.
        case list([String])
    }

    let code: ErrorCode
    /// The catalogue's status, unless the server is configured to answer another.
    var status: HTTPResponse.Status
    var message: Message
    /// The status in words; nil where OpenWA's frameworks leave it out.
    var error: String?
    /// After how many seconds a repetition makes sense.
    var retryAfterSeconds: Int?
    /// What could have been given instead (`POLL_OPTION_NOT_FOUND`).
    var validOptions: [String]?
    /// Whether the connection ends with this answer, because the rest of the request is not read.
    var closesConnection = false

    init(_ code: ErrorCode, _ message: String) {
        self.code = code
        self.message = .text(message)
        status = code.entry.status
        error = Self.name(of: status)
    }

    /// The message in one line.
    var text: String {
        switch message {
        case .text(let text): text
        case .list(let texts): texts.joined(separator: ", ")
        }
    }

    /// The `error` member of each status, as OpenWA words it (contract 0.3).
    static func name(of status: HTTPResponse.Status) -> String? {
        switch status.code {
        case 400: "Bad Request"
        case 401: "Unauthorized"
        case 403: "Forbidden"
        case 404: "Not Found"
        case 409: "Conflict"
        case 410: "Gone"
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
    init(status: HTTPResponse.Status, json: [UInt8], contentType: String = "application/json; charset=utf-8") {
        self.init(
            status: status, headers: [.contentType: contentType],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: json)))
    }
}
