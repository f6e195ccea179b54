import Hummingbird

/// The catalogue of errors, for programs and for the documentation page.
struct ErrorRoutes: ResourceRoutes {
    /// The documentation page.
    let page: String

    func add(to routes: APIRoutes) {
        routes.get(
            "errors", .open, Operation(.server, "List the errors", answers: .list(ErrorCatalogueModel.self))
        ) { _ in .list(ErrorCode.allCases.map { ErrorCatalogueModel(code: $0, page: page) }) }
    }
}
