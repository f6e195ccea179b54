import Foundation
import Hummingbird
import WABinary
import WASimulator

struct ProfileModel: ResponseEncodable {
    struct Picture: Encodable {
        let id: String
        let byteCount: Int
        /// Hexadecimal.
        let sha256: String
        let directPath: String
    }

    let name: String
    let about: String
    let picture: Picture?
    let privacy: [String: String]
    /// Addresses of blocked people, by LID.
    let blocked: [String]
    let disappearingSeconds: Int
    /// Numbers in the address book.
    let contacts: [String]
    let isTokenRequired: Bool

    init(_ profile: ProfileSnapshot) {
        name = profile.name
        about = profile.about
        picture = profile.picture.map {
            Picture(id: $0.id, byteCount: $0.byteCount, sha256: $0.sha256.hexadecimal, directPath: $0.directPath)
        }
        privacy = profile.privacy
        blocked = profile.blocked
        disappearingSeconds = profile.disappearingSeconds
        contacts = profile.addressBook
        isTokenRequired = profile.areTokensRequired
    }
}

struct ProfileChanges: Decodable {
    let name: String?
    let about: String?
    let privacy: [String: String]?
    let disappearingSeconds: Int?
}

struct PictureRequest: Decodable {
    let base64: String

    func bytes() throws -> [UInt8] {
        guard let data = Data(base64Encoded: base64) else { throw ControlError.badRequest("base64 is not base64.") }
        return [UInt8](data)
    }
}

struct ContactsChangeRequest: Decodable {
    /// `add`, `remove`, `update` or `sync`.
    let change: String
    let number: String?

    func chosen() throws -> SimulatedServer.ContactsChange {
        func digits() throws -> String {
            guard let number else { throw ControlError.badRequest("number is missing for \(change).") }
            return PhoneNumber.digits(of: number)
        }
        switch change {
        case "add": return .added(JID(try digits(), .user))
        case "remove": return .removed(JID(try digits(), .user))
        case "update": return .updated(try digits())
        case "sync": return .syncNeeded
        default: throw ControlError.badRequest("change must be add, remove, update or sync.")
        }
    }
}

struct TokenRequest: Decodable {
    let to: String
    let timestampSeconds: Int64?
}

struct TokenPolicy: Decodable {
    let required: Bool
    /// Whether the phone gives whoever it writes to a token.
    let issues: Bool?
}

struct TokensModel: ResponseEncodable {
    struct Given: Encodable {
        let number: String
        let timestampSeconds: Int64
        /// Base64.
        let token: String
        /// Not yet expired.
        let isGood: Bool
    }

    struct Seen: Encodable {
        let to: String
        let stanza: String
        let id: String
        let kind: String
        let isValid: Bool
        let atMilliseconds: Int64
    }

    let given: [Given]
    let held: [Given]
    let seen: [Seen]

    init(_ tokens: (given: [GivenToken], held: [GivenToken], seen: [SeenToken])) {
        func shown(_ tokens: [GivenToken]) -> [Given] {
            tokens.map {
                Given(
                    number: $0.number, timestampSeconds: $0.timestampSeconds,
                    token: Data($0.token).base64EncodedString(), isGood: $0.isGood)
            }
        }
        given = shown(tokens.given)
        held = shown(tokens.held)
        seen = tokens.seen.map {
            Seen(
                to: $0.to, stanza: $0.stanza, id: $0.id, kind: $0.kind.rawValue, isValid: $0.isValid,
                atMilliseconds: $0.atMilliseconds)
        }
    }
}

struct LIDMigrationRequest: Decodable {
    let device: UInt16?
    let compression: String?

    func form() throws -> SimulatedServer.PayloadForm {
        guard let compression else { return .plain }
        guard let form = SimulatedServer.PayloadForm(rawValue: compression) else {
            throw ControlError.badRequest("compression must be plain, gzip or zlib.")
        }
        return form
    }
}

struct CompanionRequestModel: Encodable {
    let type: String
    let id: String
    let device: UInt16
    let atMilliseconds: Int64
    let answered: Bool

    init(_ request: CompanionRequest) {
        type = request.kind.rawValue
        id = request.id
        device = request.device
        atMilliseconds = request.atMilliseconds
        answered = request.isAnswered
    }
}

struct CompanionRequestList: ResponseEncodable {
    let requests: [CompanionRequestModel]
}

struct MediaAnswerRequest: Decodable {
    let result: String
}

struct MediaRetriesModel: ResponseEncodable {
    struct Retry: Encodable {
        let messageId: String
        let type: String
        let device: UInt16
        let result: String?
        let directPath: String?
        let atMilliseconds: Int64

        init(_ request: CompanionRequest) {
            messageId = request.id
            type = request.kind.rawValue
            device = request.device
            result = request.result?.rawValue
            directPath = request.directPath
            atMilliseconds = request.atMilliseconds
        }
    }

    let result: String
    let retries: [Retry]
}
