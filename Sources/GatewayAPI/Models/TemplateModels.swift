import Gateway
import StrictJSON

/// `POST …/templates`.
struct CreateTemplateBody: RequestModel {
    let draft: TemplateDraft

    static let fields: FieldSet = [
        .required("name", .string, .notEmpty, .maximumLength(100)),
        .required("body", .string, .notEmpty, .maximumLength(4096)),
        .optional("header", .string, .maximumLength(1024)),
        .optional("footer", .string, .maximumLength(1024)),
    ]

    init(_ values: FieldValues) { draft = TemplateDraft(values) }
}

/// `PUT …/templates/:id`: any part; `null` clears header and footer.
struct ChangeTemplateBody: RequestModel {
    let draft: TemplateDraft

    static let fields: FieldSet = [
        .unclearable("name", .string, .notEmpty, .maximumLength(100)),
        .unclearable("body", .string, .notEmpty, .maximumLength(4096)),
        .optional("header", .string, .maximumLength(1024)),
        .optional("footer", .string, .maximumLength(1024)),
    ]

    init(_ values: FieldValues) { draft = TemplateDraft(values) }
}

extension TemplateDraft {
    fileprivate init(_ values: FieldValues) {
        self.init(
            name: values.optionalString("name"), body: values.optionalString("body"),
            header: Change(values, "header"), footer: Change(values, "footer"))
    }
}

extension TemplateDraft.Change {
    fileprivate init(_ values: FieldValues, _ name: String) {
        if values.isNull(name) {
            self = .clear
        } else {
            self = values.optionalString(name).map { .set($0) } ?? .keep
        }
    }
}

/// One template as the API shows it (contract rest, section 5).
struct TemplateModel: DocumentedModel {
    let template: TemplateRecord

    static let schema = Schema.object([
        .always("id", .string), .always("sessionId", .string), .always("name", .string), .always("body", .string),
        .always("header", .nullable(.string)), .always("footer", .nullable(.string)), .always("createdAt", .date),
        .always("updatedAt", .date),
    ])

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("id", template.id)
            json.member("sessionId", template.sessionID)
            json.member("name", template.name)
            json.member("body", template.body)
            json.member("header", template.header)
            json.member("footer", template.footer)
            json.member("createdAt", ISO8601Text.of(milliseconds: template.createdAtMilliseconds))
            json.member("updatedAt", ISO8601Text.of(milliseconds: template.updatedAtMilliseconds))
        }
    }
}
