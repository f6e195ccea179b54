import HTTPTypes
import StrictJSON

/// The catalogue of `ErrorCode` in the forms people and programs read it.
package enum ErrorCatalogue {
    /// The content of `Docs/errors.md`; `openwa errors` prints it.
    package static var markdown: String {
        var text = """
            # Errors

            Every error has a `code`. Codes are stable: programs may act on them, and texts may get better. This page is printed by
            `openwa errors`; a running server has the same list at `GET /api/errors`.

            The answer is OpenWA's envelope, with members of ours added: `{ statusCode, message, error, code, requestId, docUrl }`;
            `message` is a list of texts where fields of a body are wrong, and `retryAfterSeconds` (also the header `Retry-After`) says
            when to repeat. Whoever prefers `application/problem+json` in `Accept` gets RFC 9457: `{ type, title, status, detail,
            instance, code, requestId, errors }`.

            | Code | Status | Meaning | What to do |
            |---|---|---|---|

            """
        for code in ErrorCode.allCases {
            let entry = code.entry
            let status = "\(entry.status.code) \(ErrorReply.name(of: entry.status) ?? entry.status.reasonPhrase)"
            text += "| `\(code.rawValue)` | \(status) | \(entry.meaning) | \(entry.advice) |\n"
        }
        return text
    }
}

/// One row of the catalogue in `GET /api/errors`.
struct ErrorCatalogueModel: DocumentedModel {
    let code: ErrorCode
    /// The documentation page.
    let page: String

    static let schema = Schema.object([
        .always("code", .string), .always("status", .integer), .always("error", .string), .always("meaning", .string),
        .always("advice", .string), .always("docUrl", .string),
    ])

    func write(to json: inout JSONWriter) {
        let entry = code.entry
        json.object { json in
            json.member("code", code.rawValue)
            json.member("status", Int64(entry.status.code))
            json.member("error", ErrorReply.name(of: entry.status))
            json.member("meaning", entry.meaning)
            json.member("advice", entry.advice)
            json.member("docUrl", code.documentation(on: page))
        }
    }
}
