package import WABinary

/// The server's refusal of a request.
///
/// ```
/// <iq type="error" id from><error code="404" text="item-not-found" [backoff="s"]/></iq>
/// ```
/// Codes: 400 bad request, 401 not authorised, 403 forbidden, 404 not found, 405 not allowed, 406 not acceptable,
/// 410 gone, 419 resource limit, 423 locked, 429 too many requests, 500 internal, 501 not implemented,
/// 503 unavailable, 530 partial. Source: protocol reference 1.9.
package struct IQError: Error, Equatable, Sendable, CustomStringConvertible {
    /// 0 when the server gave none.
    package let code: Int
    package let text: String?
    /// How long the server asks to wait before the next try.
    package let backoffSeconds: Int?

    package init(code: Int, text: String? = nil, backoffSeconds: Int? = nil) {
        self.code = code
        self.text = text
        self.backoffSeconds = backoffSeconds
    }

    /// Nil unless the node is an iq of type error.
    package init?(_ reply: Node) {
        guard reply.tag == "iq", reply["type"] == "error" else { return nil }
        self.init(element: reply.child("error"))
    }

    /// Reads an `error` element, which also stands inside replies about one user or one protocol of many.
    init(element: Node?) {
        code = element?.integer("code").flatMap { Int(exactly: $0) } ?? 0
        text = element?["text"]
        backoffSeconds = element?.integer("backoff").flatMap { Int(exactly: $0) }
    }

    package var description: String {
        "the server refused the request: \(code)\(text.map { " \($0)" } ?? "")"
    }
}
