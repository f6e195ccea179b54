import StrictJSON

/// The body of one route: its fields and what becomes of them.
///
/// ```
/// struct SendTextBody: RequestModel {
///     let chatID: String
///     static let fields: FieldSet = [.required("chatId", .string, .notEmpty)]
///     init(_ values: FieldValues) { chatID = values.string("chatId") }
/// }
/// ```
protocol RequestModel: SendableMetatype {
    static var fields: FieldSet { get }

    /// Called only with values that obey `fields`.
    init(_ values: FieldValues)
}

/// The values of an object that passed its `FieldSet`, by name.
///
/// Asking for a kind of value that the rules did not ensure is a mistake of ours, and stops the program in tests.
struct FieldValues {
    let object: JSONObject
    /// The files of the body; where one stood, its number in this list stands.
    let media: [ReceivedMedia]

    init(_ object: JSONObject, media: [ReceivedMedia] = []) {
        self.object = object
        self.media = media
    }

    /// Whether the caller gave the property, and not as `null`.
    func has(_ name: String) -> Bool { given(name) != nil }

    /// Whether the caller gave the property as `null`, where that means something else than leaving it out.
    func isNull(_ name: String) -> Bool { object[name]?.isNull ?? false }

    func string(_ name: String) -> String { require(optionalString(name), name) }
    func integer(_ name: String) -> Int64 { require(optionalInteger(name), name) }
    func boolean(_ name: String) -> Bool { require(optionalBoolean(name), name) }

    func optionalString(_ name: String) -> String? {
        given(name).map { require($0.string, name) }
    }

    func optionalInteger(_ name: String) -> Int64? {
        given(name).map { value in
            guard case .number(let number) = value else { return require(nil, name) }
            return require(number.integer, name)
        }
    }

    func double(_ name: String) -> Double { require(optionalDouble(name), name) }

    /// A number, or a string that is one.
    func optionalDouble(_ name: String) -> Double? {
        given(name).map { value in
            switch value {
            case .number(let number): number.double
            case .string(let text): require(Double(text), name)
            default: require(nil, name)
            }
        }
    }

    /// The values of an object with fields of its own.
    func optionalValues(_ name: String) -> FieldValues? { optionalObject(name).map { FieldValues($0, media: media) } }

    /// The values of each object of a list.
    func list(_ name: String) -> [FieldValues] {
        guard case .array(let elements)? = given(name) else { return require(nil, name) }
        return elements.map { element in
            guard case .object(let object) = element else { return require(nil, name) }
            return FieldValues(object, media: media)
        }
    }

    /// An object of strings, by name.
    func optionalStringMap(_ name: String) -> [String: String]? {
        optionalObject(name).map { object in
            Dictionary(
                object.members.map { ($0.name, require($0.value.string, name)) }, uniquingKeysWith: { $1 })
        }
    }

    func optionalBoolean(_ name: String) -> Bool? {
        given(name).map { value in
            guard case .boolean(let flag) = value else { return require(nil, name) }
            return flag
        }
    }

    /// The elements of a list of strings, nil when the property is absent.
    func optionalStrings(_ name: String) -> [String]? {
        given(name).map { value in
            guard case .array(let elements) = value else { return require(nil, name) }
            return elements.map { require($0.string, name) }
        }
    }

    /// The file that stood at a `base64` property of a media route's body (`MediaExtractor`).
    func optionalMedia(_ name: String) -> ReceivedMedia? {
        guard let number = optionalString(name).flatMap(Int.init), media.indices.contains(number) else { return nil }
        return media[number]
    }

    /// An object without declared fields, as it was written.
    func optionalObject(_ name: String) -> JSONObject? {
        given(name).map { value in
            guard case .object(let object) = value else { return require(nil, name) }
            return object
        }
    }

    private func given(_ name: String) -> JSONValue? {
        guard let value = object[name], !value.isNull else { return nil }
        return value
    }

    private func require<Value>(_ value: Value?, _ name: String) -> Value {
        guard let value else { preconditionFailure("The rules of '\(name)' do not ensure the value asked for.") }
        return value
    }
}
