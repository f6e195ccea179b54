import HTTPTypes

/// The documentation page: one file with its style and its script, nothing from elsewhere, made from `/api/openapi.json`.
enum DocumentationPage {
    /// The page, with a policy that lets exactly this copy's script run.
    static var reply: APIReply {
        let nonce = Self.nonce()
        var reply = APIReply(
            status: .ok, json: Array(html.replacing("{{nonce}}", with: nonce).utf8),
            contentType: "text/html; charset=utf-8")
        reply.headers[.contentSecurityPolicy] =
            "default-src 'none';connect-src 'self';script-src 'nonce-\(nonce)';style-src 'nonce-\(nonce)';img-src data:;"
            + "base-uri 'none';form-action 'none';frame-ancestors 'self'"
        reply.headers[.cacheControl] = "no-store"
        return reply
    }

    /// 128 random bits, new for every answer.
    private static func nonce() -> String {
        var generator = SystemRandomNumberGenerator()
        return String(generator.next(), radix: 16) + String(generator.next(), radix: 16)
    }

    private static let html = #"""
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>OpenWA API</title>
        <link rel="icon" href="data:,">
        <style nonce="{{nonce}}">\#(DocumentationPage.style)</style>
        </head>
        <body>
        <header>
          <a class="title" href="#top">OpenWA <span id="version"></span></a>
          <label>Key <input id="key" type="password" placeholder="paste an API key" autocomplete="off" spellcheck="false"></label>
          <label>Session <input id="session" value="my-session" autocomplete="off" spellcheck="false"></label>
        </header>
        <div class="columns">
          <nav id="nav" aria-label="Routes"></nav>
          <main id="main"><p>Loading…</p></main>
        </div>
        <script nonce="{{nonce}}">\#(DocumentationPage.script)</script>
        <noscript>This page is made from <a href="openapi.json">openapi.json</a> by a script.</noscript>
        </body>
        </html>

        """#
}
