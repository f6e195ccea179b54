import Gateway
import StrictJSON

/// Fills the placeholders in what one recipient of a batch gets (contract 4, step 2).
struct BulkFilling {
    let values: [String: String]

    /// Contract 4: the cap of text and caption. Nothing longer is built, whatever becomes of it.
    static let maximumLength = 65_536

    /// What is filled breaks these rules.
    struct Broken: Error {
        let problems: [String]
    }

    /// The content with every text in some of its members filled, once more judged by the rules of its fields.
    func filled(_ content: JSONObject, members: [String], by fields: FieldSet) throws(Broken) -> JSONObject {
        var filled: [JSONObject.Member] = []
        for member in content.members {
            let isMeant = members.contains(member.name)
            filled.append(
                .init(
                    name: member.name,
                    value: isMeant ? try self.filled(member.value, member.name, at: "") : member.value))
        }
        let object = JSONObject(filled)
        let problems = fields.problems(in: object)
        guard problems.isEmpty else { throw Broken(problems: problems) }
        return object
    }

    private func filled(_ value: JSONValue, _ name: String, at path: String) throws(Broken) -> JSONValue {
        switch value {
        case .string(let text):
            do {
                return .string(try PlaceholderRenderer.render(text, values, limit: Self.maximumLength))
            } catch {
                throw Broken(problems: [path + Rule.maximumLength(Self.maximumLength).text(for: name)])
            }
        case .array(let elements):
            var filled: [JSONValue] = []
            for element in elements { filled.append(try self.filled(element, name, at: path)) }
            return .array(filled)
        case .object(let object):
            var filled: [JSONObject.Member] = []
            for member in object.members {
                filled.append(
                    .init(
                        name: member.name,
                        value: try self.filled(member.value, member.name, at: "\(path)\(name).")))
            }
            return .object(JSONObject(filled))
        case .number, .boolean, .null: return value
        }
    }
}
