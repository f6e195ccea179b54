/// Something a companion asked of its phone.
package struct CompanionRequest: Sendable, Equatable {
    package enum Kind: String, Sendable, CaseIterable {
        case appStateKeys, historyOnDemand, fullHistory, historyChunk, placeholder, appStateRecovery
        case historyReupload, mediaReupload
        case other
    }

    package let kind: Kind
    /// Of the message or receipt that asked.
    package let id: String
    package let device: UInt16
    package let atMilliseconds: Int64
    package internal(set) var isAnswered: Bool
    /// Of a re-upload: what the phone said, and the new path.
    package internal(set) var result: MediaRetryAnswer?
    package internal(set) var directPath: String?
}

/// How a phone answers a companion whose media is gone. Reference 7.6.
package enum MediaRetryAnswer: String, Sendable, CaseIterable {
    /// The file is uploaded again and has a new path.
    case success
    case notFound, generalError, decryptionError
    /// `<error code="2"/>` in place of an encrypted answer.
    case notOnPhone
    /// It never answers.
    case silence
}

/// The latest requests of an account's companions, and how its phone answers those for media.
struct CompanionRequestLog {
    private(set) var requests: [CompanionRequest] = []
    var mediaAnswer = MediaRetryAnswer.success
    /// Counts re-uploads, so that every one has a path of its own.
    var reuploadCount = 0

    private static let keptCount = 500

    mutating func note(_ request: CompanionRequest) {
        requests.append(request)
        if requests.count > Self.keptCount { requests.removeFirst(Self.keptCount / 2) }
    }
}
