import Gateway
import StrictJSON

/// One text for all ways to write the same JSON: names sorted by their bytes at every depth, no `null` members, no spaces.
///
/// It is what makes two requests with one idempotency key the same request (contract 2.3). A file counts as its length and
/// SHA-256, however it came.
struct CanonicalJSON {
    /// Files of the body: a `base64` holds the number of one.
    private let media: [ReceivedMedia]

    static func bytes(of values: FieldValues) -> [UInt8] {
        var json = JSONWriter()
        CanonicalJSON(media: values.media).write(.object(values.object), to: &json)
        return json.bytes
    }

    private func write(_ file: SpooledMedia, to json: inout JSONWriter) {
        json.object { json in
            json.member("length", Int64(file.byteCount))
            json.member("sha256", array: file.sha256.map { String($0, radix: 16) })
        }
    }

    private func write(_ value: JSONValue, to json: inout JSONWriter) {
        switch value {
        case .null: json.null()
        case .boolean(let flag): json.boolean(flag)
        case .number(let number):
            // 5, 5.0 and 5e0 are one number.
            if let integer = number.integer { json.integer(integer) } else { json.raw("\(number.double)") }
        case .string(let text): json.string(text)
        case .array(let elements): json.array(elements) { json, element in write(element, to: &json) }
        case .object(let object):
            json.object { json in
                let members = object.members.filter { !$0.value.isNull }
                for member in members.sorted(by: { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }) {
                    json.member(named: member.name) { json in
                        if member.name == "base64", let file = file(member.value) {
                            write(file, to: &json)
                        } else {
                            write(member.value, to: &json)
                        }
                    }
                }
            }
        }
    }

    private func file(_ value: JSONValue) -> SpooledMedia? {
        guard let number = value.string.flatMap(Int.init), media.indices.contains(number) else { return nil }
        return media[number].file
    }
}
