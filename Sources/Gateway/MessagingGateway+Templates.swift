import Storage

extension MessagingGateway {
    /// The session's templates, newest first; an unknown session has none.
    package func templates(of idOrName: String) async throws -> [TemplateRecord] {
        guard let session = directory[idOrName] else { return [] }
        return try await read { try TemplateStore.all(of: session.id, on: $0) }
    }

    /// - Throws: `GatewayError.templateNotFound`, also in a session nobody knows.
    package func template(_ name: TemplateName, of idOrName: String) async throws -> TemplateRecord {
        guard let session = directory[idOrName],
            let template = try await read({ try TemplateStore.template(name, of: session.id, on: $0) })
        else { throw GatewayError.templateNotFound(name.text) }
        return template
    }

    /// - Throws: `GatewayError.sessionNotFound`, `.templateNameTaken`.
    package func createTemplate(_ draft: TemplateDraft, in idOrName: String) async throws -> TemplateRecord {
        let session = try find(idOrName)
        let now = environment.nowMilliseconds
        let template = TemplateRecord(
            id: makeUUID(), sessionID: session.id, name: draft.name ?? "", body: draft.body ?? "",
            header: draft.header.applied(to: nil), footer: draft.footer.applied(to: nil), createdAtMilliseconds: now,
            updatedAtMilliseconds: now)
        let isStored = try await write { try TemplateStore.put(template, on: $0) }
        guard isStored else { throw GatewayError.templateNameTaken(template.name) }
        return template
    }

    /// - Throws: `GatewayError.templateNotFound`, `.templateNameTaken`.
    package func changeTemplate(
        _ id: String, _ draft: TemplateDraft, in idOrName: String
    ) async throws -> TemplateRecord {
        guard let session = directory[idOrName] else { throw GatewayError.templateNotFound(id) }
        let now = environment.nowMilliseconds
        return try await write { connection in
            guard var template = try TemplateStore.template(.id(id), of: session.id, on: connection) else {
                throw GatewayError.templateNotFound(id)
            }
            template.name = draft.name ?? template.name
            template.body = draft.body ?? template.body
            template.header = draft.header.applied(to: template.header)
            template.footer = draft.footer.applied(to: template.footer)
            template.updatedAtMilliseconds = now
            guard try TemplateStore.put(template, on: connection) else {
                throw GatewayError.templateNameTaken(template.name)
            }
            return template
        }
    }

    /// - Throws: `GatewayError.templateNotFound`.
    package func deleteTemplate(_ id: String, in idOrName: String) async throws {
        guard let session = directory[idOrName],
            try await write({ try TemplateStore.delete(id, of: session.id, on: $0) })
        else { throw GatewayError.templateNotFound(id) }
    }

    /// The text a template makes of these values.
    ///
    /// - Throws: `GatewayError.templateNotFound`, `.renderedTextTooLong`.
    func render(
        _ name: TemplateName, _ values: [String: String], of session: GatewaySession, on connection: any SQLConnection
    ) throws -> String {
        guard let template = try TemplateStore.template(name, of: session.id, on: connection) else {
            throw GatewayError.templateNotFound(name.text)
        }
        let limit = configuration.maximumRenderedCharacters
        do {
            return try template.rendered(values, limit: limit)
        } catch {
            throw GatewayError.renderedTextTooLong(length: error.length, limit: limit)
        }
    }
}
