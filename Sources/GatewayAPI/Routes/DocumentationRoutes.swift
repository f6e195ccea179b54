import Hummingbird

/// The documentation: a document for programs, and a page for people that is made from it. Both work offline.
struct DocumentationRoutes: ResourceRoutes {
    func add(to routes: APIRoutes) {
        let index = routes.index
        routes.get(
            "openapi.json", .open,
            Operation(
                .server, "Read this document",
                answers: AnswerDescription(status: .ok, schema: .type("object")))
        ) { _ in APIReply(status: .ok, json: index.document) }
        routes.get("docs", .open, Operation(.server, "Read the documentation", answers: .file("text/html"))) { _ in
            DocumentationPage.reply
        }
    }
}
