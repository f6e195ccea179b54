/// Why a file could not be uploaded or fetched.
package enum MediaError: Error, Equatable, Sendable {
    /// The file on our disk is not the one that was described: its length or hash differs. Upload it anew.
    case fileChanged
    /// It is larger than the media hosts, or the caller, take.
    case tooLarge
    /// The host refused for a reason that trying again does not change.
    case refused(status: Int)
    /// No host could be reached or answered usefully, time after time; ask again later.
    case unavailable
    /// What came is not what the message describes: its length, MAC or hash differs. Nothing of it is kept.
    case corrupted
    /// The disk failed: the system's error number.
    case spool(errno: Int32)
}
