/// Why the server does not do what was asked of a group: the code of an iq error, or of one person's part in it.
enum GroupRefusal: Int, Error, Equatable {
    case badRequest = 400
    /// Only admins may.
    case notAuthorized = 401
    /// The asker is not a member; or the person's privacy settings do not allow it.
    case forbidden = 403
    case notFound = 404
    /// Too long, or an invite code that never was.
    case notAcceptable = 406
    /// The person has left a short time ago.
    case recentlyLeft = 408
    /// Already so; or somebody else was faster.
    case conflict = 409
    /// The invite code was replaced.
    case gone = 410
    /// The group is full.
    case full = 419

    var text: String {
        switch self {
        case .badRequest: "bad-request"
        case .notAuthorized: "not-authorized"
        case .forbidden: "forbidden"
        case .notFound: "item-not-found"
        case .notAcceptable: "not-acceptable"
        case .recentlyLeft: "request-timeout"
        case .conflict: "conflict"
        case .gone: "gone"
        case .full: "resource-limit"
        }
    }
}
