import Hummingbird
import StrictJSON

/// The one time an error happened: what its answer says besides the error itself.
struct ErrorOccurrence: Sendable {
    let requestID: String
    /// The path of the request.
    let path: String
    /// Whether the caller asked for RFC 9457 instead of OpenWA's envelope.
    let asProblem: Bool
    /// Where the documentation page is; codes are its anchors.
    let documentation: String
}

// Two forms of the same facts:
//
//     application/json          {statusCode, message, error?, code, retryAfterSeconds?, validOptions?, requestId, docUrl}   (contract 0.3)
//     application/problem+json  {type, title, status, detail, instance, code, retryAfterSeconds?, requestId, errors?}
//
// `code`, `requestId` and `docUrl` are ours; clients of OpenWA ignore what they do not know.
extension ErrorReply {
    func response(_ occurrence: ErrorOccurrence) -> Response {
        var json = JSONWriter()
        if occurrence.asProblem {
            writeProblem(occurrence, to: &json)
        } else {
            writeEnvelope(occurrence, to: &json)
        }
        var response =
            occurrence.asProblem
            ? Response(status: status, json: json.bytes, contentType: "application/problem+json")
            : Response(status: status, json: json.bytes)
        if let retryAfterSeconds { response.headers[.retryAfter] = String(retryAfterSeconds) }
        if closesConnection { response.headers[.connection] = "close" }
        return response
    }

    private func writeEnvelope(_ occurrence: ErrorOccurrence, to json: inout JSONWriter) {
        json.object { json in
            json.member("statusCode", Int64(status.code))
            switch message {
            case .text(let text): json.member("message", text)
            case .list(let texts): json.member("message", array: texts)
            }
            if let error { json.member("error", error) }
            json.member("code", code.rawValue)
            if let retryAfterSeconds { json.member("retryAfterSeconds", Int64(retryAfterSeconds)) }
            if let validOptions { json.member("validOptions", array: validOptions) }
            json.member("requestId", occurrence.requestID)
            json.member("docUrl", code.documentation(on: occurrence.documentation))
        }
    }

    /// RFC 9457, section 3. `errors` follows its example: one object for each problem of a body.
    private func writeProblem(_ occurrence: ErrorOccurrence, to json: inout JSONWriter) {
        json.object { json in
            json.member("type", code.documentation(on: occurrence.documentation))
            json.member("title", code.entry.meaning)
            json.member("status", Int64(status.code))
            switch message {
            case .text(let text): json.member("detail", text)
            case .list(let texts): json.member("detail", texts.first ?? "")
            }
            json.member("instance", occurrence.path)
            json.member("code", code.rawValue)
            if let retryAfterSeconds { json.member("retryAfterSeconds", Int64(retryAfterSeconds)) }
            if let validOptions { json.member("validOptions", array: validOptions) }
            json.member("requestId", occurrence.requestID)
            if case .list(let texts) = message {
                json.member("errors", array: texts.map(ProblemDetail.init))
            }
        }
    }
}

private struct ProblemDetail: JSONWritable {
    let detail: String

    func write(to json: inout JSONWriter) { json.object { $0.member("detail", detail) } }
}

extension ErrorCode {
    /// Where this code is explained.
    func documentation(on page: String) -> String { "\(page)#\(rawValue)" }
}
