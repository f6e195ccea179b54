import Gateway

/// A file that came in a request's body.
struct ReceivedMedia: Sendable, Equatable {
    let file: SpooledMedia
    let origin: MediaOrigin
}
