package import WAProtocol

extension WhatsAppClient {
    /// Encrypts a file and uploads it to WhatsApp's media hosts; the reference goes into a message, or into many.
    ///
    /// Throws `MediaError`, and `ClientError` when there is no connection to ask for the hosts.
    package nonisolated func upload(_ file: MediaFile, kind: MediaKind) async throws -> MediaReference {
        try await media.upload(file, kind: kind)
    }

    /// Fetches the file of a received message, checks it against the message and puts it at a path, whole or not at all.
    ///
    /// Throws `MediaError`, and `ClientError` when there is no connection to ask for the hosts.
    package nonisolated func download(
        _ reference: MediaReference, kind: MediaKind, to path: String, maximumByteCount: Int = .max
    ) async throws -> MediaDownload {
        try await media.download(reference, kind: kind, to: path, maximumByteCount: maximumByteCount)
    }

    nonisolated var media: MediaTransfer {
        MediaTransfer(
            http: environment.mediaHTTP, hosts: mediaHosts, askForHosts: { try await self.askForMediaHosts() },
            environment: environment, spoolFolder: configuration.spoolFolder)
    }

    private func askForMediaHosts() async throws -> MediaConnection {
        try await connected().execute(MediaConnectionRequest(), environment: environment)
    }
}
