import Gateway

/// Whether a number is on WhatsApp.
struct ContactCheckModel: JSONWritable {
    let check: ContactCheckResult

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("number", check.number)
            json.member("exists", check.exists)
            json.member("whatsappId", check.whatsappID)
        }
    }
}
