import Gateway
import Hummingbird

/// Texts with placeholders, kept for a session (contract rest, section 5).
struct TemplateRoutes: ResourceRoutes {
    func add(to routes: APIRoutes) {
        routes.get(
            "sessions/:sessionId/templates", .key(atLeast: .operator),
            Operation(.templates, "List the templates", answers: .list(TemplateModel.self))
        ) { call in
            .list(try await call.gateway.templates(of: call.session).map(TemplateModel.init))
        }
        routes.get(
            "sessions/:sessionId/templates/:templateId", .key(atLeast: .operator),
            Operation(.templates, "Read a template", answers: .ok(TemplateModel.self), errors: [.templateNotFound])
        ) { call in
            let template = try await call.gateway.template(
                .id(try call.parameter("templateId")), of: call.session)
            return .ok(TemplateModel(template: template))
        }
        routes.post(
            "sessions/:sessionId/templates", .key(atLeast: .operator),
            Operation(
                .templates, "Make a template", body: CreateTemplateBody.self, answers: .created(TemplateModel.self),
                errors: [.sessionNotFound, .templateNameTaken],
                examples: [Example(body: #"{"name":"greeting","body":"Hi {{name}}","footer":"Bye"}"#)])
        ) { call in
            let body: CreateTemplateBody = try call.body()
            return .created(
                TemplateModel(template: try await call.gateway.createTemplate(body.draft, in: call.session)))
        }
        routes.put(
            "sessions/:sessionId/templates/:templateId", .key(atLeast: .operator),
            Operation(
                .templates, "Change a template",
                details: "What is left out stays as it is; `null` takes header or footer away.",
                body: ChangeTemplateBody.self, answers: .ok(TemplateModel.self),
                errors: [.templateNotFound, .templateNameTaken],
                examples: [Example(body: #"{"body":"Hello {{name}}","footer":null}"#)])
        ) { call in
            let body: ChangeTemplateBody = try call.body()
            let template = try await call.gateway.changeTemplate(
                try call.parameter("templateId"), body.draft, in: call.session)
            return .ok(TemplateModel(template: template))
        }
        routes.delete(
            "sessions/:sessionId/templates/:templateId", .key(atLeast: .operator),
            Operation(.templates, "Delete a template", answers: .noContent, errors: [.templateNotFound])
        ) { call in
            try await call.gateway.deleteTemplate(try call.parameter("templateId"), in: call.session)
            return .noContent
        }
    }
}
