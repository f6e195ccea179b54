/// What became of a file that a message names.
package enum MediaState: Sendable, Equatable {
    /// Nobody has asked for it yet.
    case notAsked
    case downloading
    /// Encrypted hash, MAC, plaintext hash and length are as the message says.
    case downloaded
    case failed(MediaFailure)
}

package enum MediaFailure: String, Error, Sendable, Equatable {
    /// The servers do not keep it any longer.
    case expired
    /// No server of ours has it.
    case notFound
    case wrongEncryptedHash, wrongMAC, wrongPadding, wrongPlaintextHash, wrongLength
}

/// When phones download what they are sent.
package enum MediaDownload: String, Sendable, CaseIterable {
    /// At once. A file that many devices are sent is fetched once, as long as they are told the same key and hashes.
    case eager
    /// When somebody asks for it: for many devices in one group.
    case whenAsked
}

/// Files of messages: fetched by whoever owns the blob store, judged here. Reference 7.4.
extension SimulatedServer {
    /// Files known to be good; beyond this many the oldest are looked at anew.
    private static let keptGoodFileCount = 10_000

    /// A message with a file was received.
    func received(_ media: ShownMedia, as name: MessageName, on endpoint: VirtualDevice) {
        endpoint.inbox[name]?.media = .notAsked
        if configuration.mediaDownload == .eager { download(media, as: name, on: endpoint) }
    }

    /// Somebody wants to see the file of a message: `InboxMessage.media` says how it goes.
    package func downloadMedia(of id: String, on address: DeviceAddress) throws(SimulatorError) {
        let endpoint = try endpoint(address)
        guard let message = endpoint.inbox.latest(id) else { throw .unknownMessage(id) }
        guard let media = message.content.media else { throw .noMedia(id) }
        switch message.media {
        case .downloading, .downloaded: return
        case .notAsked, .failed, nil:
            download(media, as: MessageName(sender: message.sender, id: id), on: endpoint)
        }
    }

    private func download(_ media: ShownMedia, as name: MessageName, on endpoint: VirtualDevice) {
        if let head = goodFiles[media.file] {
            return finish(name, on: endpoint, with: media, .success(head))
        }
        endpoint.inbox[name]?.media = .downloading
        let isFirst = mediaWaiters[media.file] == nil
        mediaWaiters[media.file, default: []].append(.init(device: endpoint.address, name: name))
        if isFirst { perform(.fetchMedia(media.file)) }
    }

    /// The owner has fetched and decrypted a file, as `SimulatorAction.fetchMedia` asked.
    ///
    /// - Parameter outcome: the first bytes of the plaintext (64 are enough), all checks done; or what failed.
    package func fetchedMedia(
        _ file: MediaFile, _ outcome: Result<[UInt8], MediaFailure>, atMilliseconds now: Int64
    ) -> [SimulatorAction] {
        advance(to: now)
        if case .success(let head) = outcome {
            if goodFiles.updateValue(head, forKey: file) == nil { goodFileOrder.append(file) }
            if goodFileOrder.count > Self.keptGoodFileCount { goodFiles[goodFileOrder.removeFirst()] = nil }
        }
        for waiter in mediaWaiters.removeValue(forKey: file) ?? [] {
            guard let endpoint = accounts[waiter.device.number]?.devices[waiter.device.device]?.endpoint,
                let media = endpoint.inbox[waiter.name]?.content.media
            else { continue }
            finish(waiter.name, on: endpoint, with: media, outcome)
        }
        return takeActions()
    }

    private func finish(
        _ name: MessageName, on endpoint: VirtualDevice, with media: ShownMedia, _ outcome: Result<[UInt8], MediaFailure>
    ) {
        guard let kind = endpoint.inbox[name]?.content.kind else { return }
        let label = "the \(kind.rawValue) of message \(name.id) of device \(name.sender) on \(endpoint.address)"
        switch outcome {
        case .success(let head):
            endpoint.inbox[name]?.media = .downloaded
            counters.mediaDownloaded += 1
            if kind == .sticker, FileSignature(of: head) != .webp { report(.media, "\(label): is no WebP") }
            if kind == .voice, FileSignature(of: head) != .oggOpus { report(.media, "\(label): is no Ogg with Opus") }
        case .failure(let failure):
            endpoint.inbox[name]?.media = .failed(failure)
            // That a file expires is nobody's fault.
            if failure != .expired { report(.media, "\(label): \(failure.rawValue)") }
        }
    }
}

/// A message that waits for its file.
struct MediaWaiter {
    let device: DeviceAddress
    let name: MessageName
}
