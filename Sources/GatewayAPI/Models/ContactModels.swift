import Gateway
import StrictJSON

/// What is known of a person.
struct ContactModel: DocumentedModel {
    let contact: ContactRecord

    static let schema = Schema.object([
        .always("id", .string), .always("name", .nullable(.string)), .always("pushName", .nullable(.string)),
        .always("number", .string), .always("isMyContact", .boolean), .always("isBlocked", .boolean),
        .always("profilePicUrl", .nullable(.string)),
    ])

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("id", contact.id)
            json.member("name", contact.name)
            json.member("pushName", contact.pushName)
            json.member("number", contact.number)
            json.member("isMyContact", contact.isMyContact)
            json.member("isBlocked", contact.isBlocked)
            // Asked for by itself: WhatsApp's addresses of pictures do not last.
            json.member("profilePicUrl", raw: "null")
        }
    }
}

/// The ids of blocked people.
struct BlockedContactsModel: DocumentedModel {
    let ids: [String]

    static let schema = Schema.array(of: .string)

    func write(to json: inout JSONWriter) {
        json.array(ids) { $0.string($1) }
    }
}

/// `PUT …/contacts/:contactId`.
struct SaveContactBody: RequestModel {
    let firstName: String
    let lastName: String?

    static let fields: FieldSet = [
        .required("firstName", .string, .notEmpty, .maximumLength(100)),
        .optional("lastName", .string, .maximumLength(100)),
    ]

    init(_ values: FieldValues) {
        firstName = values.string("firstName")
        lastName = values.optionalString("lastName")
    }
}

struct ProfilePictureModel: DocumentedModel {
    let url: String?

    static let schema = Schema.object([.always("url", .nullable(.string))])

    func write(to json: inout JSONWriter) {
        json.object { $0.member("url", url) }
    }
}

/// `{"pictures":{"<id>":"<url>" or null}}`.
struct ProfilePicturesModel: DocumentedModel {
    let pictures: [(id: String, url: String?)]

    static let schema = Schema.object([.always("pictures", .map(of: .nullable(.string)))])

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("pictures") { json in
                for picture in pictures {
                    json.member(named: picture.id) { json in
                        if let url = picture.url { json.string(url) } else { json.null() }
                    }
                }
            }
        }
    }
}

struct ContactPhoneModel: DocumentedModel {
    let id: String
    let phone: String?

    static let schema = Schema.object([.always("contactId", .string), .always("phone", .nullable(.string))])

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("contactId", id)
            json.member("phone", phone)
        }
    }
}

/// Whether a number is on WhatsApp.
struct ContactCheckModel: DocumentedModel {
    let check: ContactCheckResult

    static let schema = Schema.object([
        .always("number", .string), .always("exists", .boolean), .always("whatsappId", .nullable(.string)),
    ])

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("number", check.number)
            json.member("exists", check.exists)
            json.member("whatsappId", check.whatsappID)
        }
    }
}
