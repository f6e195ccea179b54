import Foundation
import Hummingbird
import NIOCore
import WASimulator

/// Reading of paths, queries and bodies, with errors that name what is wrong.
extension Request {
    func integer(_ name: Substring, in range: ClosedRange<Int>, default standard: Int) throws -> Int {
        guard let text = uri.queryParameters[name] else { return standard }
        guard let value = Int(text), range.contains(value) else {
            throw ControlError.badRequest(
                "\(name) must be a whole number from \(range.lowerBound) to \(range.upperBound).")
        }
        return value
    }

    /// How long the caller wants to wait: `waitSeconds`, 0 to 120.
    func wait(default standard: Int = 0) throws -> Duration {
        .seconds(try integer("waitSeconds", in: 0...120, default: standard))
    }

    /// A JSON body that may be larger than others.
    func decode<Value: Decodable>(_ type: Value.Type, upTo byteLimit: Int) async throws -> Value {
        let bytes = try await body.collect(upTo: byteLimit)
        do {
            return try JSONDecoder().decode(type, from: Data(bytes.readableBytesView))
        } catch DecodingError.keyNotFound(let key, _) {
            throw ControlError.badRequest("\(key.stringValue) is missing.")
        } catch DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context) {
            let path = context.codingPath.map(\.stringValue).joined(separator: ".")
            throw ControlError.badRequest("\(path) has the wrong type.")
        } catch is DecodingError {
            throw ControlError.badRequest("The body is not JSON.")
        }
    }

    func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ name: Substring, of type: Choice.Type
    ) throws -> Choice? {
        guard let text = uri.queryParameters[name] else { return nil }
        guard let value = Choice(rawValue: String(text)) else {
            let choices = Choice.allCases.map(\.rawValue).joined(separator: ", ")
            throw ControlError.badRequest("\(name) must be one of \(choices).")
        }
        return value
    }

    /// The device a request is about: the phone of the path, or with `?device=` one of its companions.
    func device(_ context: some RequestContext) throws -> DeviceAddress {
        DeviceAddress(
            try context.number(), UInt16(try integer("device", in: 0...Int(UInt16.max), default: 0)))
    }
}

extension RequestContext {
    /// The phone number of the path.
    func number() throws -> String { PhoneNumber.digits(of: try parameters.require("number")) }
}

/// The forms in which people write a phone number.
enum PhoneNumber {
    /// `+62 855-5010-0000`, `628555…@s.whatsapp.net` and `628555…:1@c.us` are all the same number.
    static func digits(of text: String) -> String {
        let user = text.prefix { $0 != "@" && $0 != ":" }
        return user.filter { !"+ -().".contains($0) }
    }
}

extension [UInt8] {
    /// Two lower-case digits a byte.
    var hexadecimal: String { map { String($0 >> 4, radix: 16) + String($0 & 0x0F, radix: 16) }.joined() }
}
