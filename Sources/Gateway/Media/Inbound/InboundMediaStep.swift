import WAProtocol

/// How an attempt to have a file went.
enum InboundMediaOutcome: Equatable, Sendable {
    case complete
    /// The hosts have it no more.
    case expired
    /// Our phone uploaded it again, under this path.
    case uploadedAgain(directPath: String)
    case notOnPhone
    case phoneFailed
    case phoneSilent
    /// We are not connected; nobody was asked.
    case offline
    case unavailable
    case corrupted
    case refused
    case tooLarge
    /// Our disk is full or broken.
    case diskFailed
}

/// What is to be done next for a file.
enum InboundMediaStep: Equatable, Sendable {
    case keep
    case askPhone
    /// The row as it is then, and how long it waits.
    case again(InboundMedia, after: Duration)
    case giveUp(InboundMedia.State, InboundMedia.Reason)
}

extension InboundMedia {
    private static let pauses: [Duration] = [5, 30, 120, 600, 1_800, 3_600].map { .seconds($0) }
    /// With these pauses a day and a half.
    private static let patientTries = 40
    private static let phoneTries = 8
    /// What came was wrong, or refused, from all hosts: again only in case they were about to be repaired.
    private static let hopelessTries = 3

    func next(after outcome: InboundMediaOutcome) -> InboundMediaStep {
        switch outcome {
        case .complete: return .keep
        case .expired: return askings < Self.phoneTries ? .askPhone : .giveUp(.failed, .expired)
        case .notOnPhone: return .giveUp(.failed, .expired)
        case .tooLarge: return .giveUp(.omitted, .tooLarge)
        case .offline: return .again(self, after: Self.pauses[0])
        case .diskFailed: return .again(self, after: .seconds(60))
        case .unavailable: return tryAgain(atMost: Self.patientTries, else: .unreachable)
        case .corrupted: return tryAgain(atMost: Self.hopelessTries, else: .corrupted)
        case .refused: return tryAgain(atMost: Self.hopelessTries, else: .refused)
        case .phoneFailed: return askAgain(atMost: Self.phoneTries, else: .expired)
        case .phoneSilent: return askAgain(atMost: Self.patientTries, else: .unreachable)
        case .uploadedAgain(let directPath):
            var media = self
            media.reference.directPath = directPath
            media.askings += 1
            // A phone whose word is good is asked once; one that names gone paths again and again is not trusted to hurry.
            return .again(media, after: askings == 0 ? .zero : Self.pause(askings))
        }
    }

    private func tryAgain(atMost limit: Int, else reason: Reason) -> InboundMediaStep {
        var media = self
        media.attempts += 1
        return media.attempts < limit ? .again(media, after: Self.pause(attempts)) : .giveUp(.failed, reason)
    }

    private func askAgain(atMost limit: Int, else reason: Reason) -> InboundMediaStep {
        var media = self
        media.askings += 1
        return media.askings < limit ? .again(media, after: Self.pause(askings)) : .giveUp(.failed, reason)
    }

    private static func pause(_ count: Int) -> Duration { pauses[min(count, pauses.count - 1)] }
}
