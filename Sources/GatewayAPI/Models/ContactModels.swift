import Gateway
import StrictJSON

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
