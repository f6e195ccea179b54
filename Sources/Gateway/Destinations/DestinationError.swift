/// Why something was not fetched from where a caller pointed.
package enum DestinationError: Error, Equatable, Sendable {
    /// The URL is none, is not http(s), or leads somewhere that is not public. Nothing was connected to.
    case notAllowed
    /// The server could not be reached, or broke off.
    case unreachable
    /// The server did not answer, or not finish, in time.
    case timedOut
    /// The server answered with a status that carries no file.
    case status(Int)
    /// More redirects than are followed.
    case tooManyRedirects
    /// There is more than `limit` bytes.
    case tooLarge(limit: Int)

    /// The outside text; it never says what a name resolved to.
    package var message: String {
        switch self {
        case .notAllowed: "Destination address is not allowed"
        case .unreachable: "The media URL could not be fetched: the server cannot be reached"
        case .timedOut: "The media URL could not be fetched: the server did not answer in time"
        case .status(let status): "The media URL could not be fetched: the server answered with status \(status)"
        case .tooManyRedirects: "The media URL could not be fetched: too many redirects"
        case .tooLarge(let limit): "Media exceeds the maximum allowed size of \(limit) bytes"
        }
    }
}
