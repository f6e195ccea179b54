import FoundationEssentials

/// What a media host answers to an upload or to the question how far one has come.
///
/// ```
/// { "url": "https://mmg.whatsapp.net/…", "direct_path": "/v/t62…", "handle": … }        stored
/// { "resume": "complete", "url": …, "direct_path": … }                                  stored earlier
/// { "resume": "<offset>" }                                                              so much is there
/// ```
/// Source: protocol reference 7.3.
package enum UploadReply: Equatable, Sendable {
    case stored(directPath: String, url: String?)
    case partly(offset: Int)
    /// The word of the media connection is worth nothing (any more): 401 and 403.
    case unauthorised
    /// Try elsewhere or later: 408, 429, 5xx, and a success that names no path.
    case tryAgain
    /// Any other status; trying again would not help.
    case refused(status: Int)

    /// Bodies longer than this are no answer.
    package static let maximumBodyByteCount = 65_536

    package init(status: Int, body: [UInt8]) {
        switch status {
        case 200..<300:
            guard let answer = try? JSONDecoder().decode(Answer.self, from: Data(body)) else {
                self = .tryAgain
                return
            }
            if let path = answer.direct_path, path.hasPrefix("/") {
                self = .stored(directPath: path, url: answer.url)
            } else if let offset = answer.resume.flatMap({ Int($0) }), offset >= 0 {
                self = .partly(offset: offset)
            } else {
                self = .tryAgain
            }
        case 401, 403: self = .unauthorised
        case 408, 429, 500...: self = .tryAgain
        default: self = .refused(status: status)
        }
    }

    private struct Answer: Decodable {
        var url: String?
        var direct_path: String?
        var resume: String?
    }
}
