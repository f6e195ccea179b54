import TestSupport
import Testing
import WACrypto
import WASimulator

@testable import SimulatorServer

extension World {
    /// A phone sends a file to our account, which the media hosts may have lost already; returns once the gateway has said that it has the message.
    func sayFile(
        _ bytes: [UInt8], _ kind: ShownContent.Kind = .image, mimetype: String = "image/jpeg", fileName: String? = nil,
        isExpired: Bool = false, from number: String = peers[0], to own: String = ownNumber
    ) async throws -> (id: String, directPath: String) {
        let purposes: [ShownContent.Kind: MediaKeys.Purpose] = [
            .video: .video, .gif: .video, .audio: .audio, .voice: .audio, .document: .document,
        ]
        let purpose = purposes[kind] ?? .image
        let mediaKey = SecureRandom.bytes(MediaKeys.mediaKeyByteCount)
        let (file, summary) = try MediaCipher.encrypt(bytes, keys: try MediaKeys(mediaKey: mediaKey, purpose: purpose))
        let type = purpose == .image ? "image" : purpose == .video ? "video" : purpose == .audio ? "audio" : "document"
        let blob = try simulator.media.store.put(file, type: type)
        let directPath = MediaPath.directPath(of: blob.name, type: type)
        if isExpired { _ = simulator.media.store.expire(directPath: directPath) }
        var media = ShownMedia(
            file: MediaFile(
                directPath: directPath, url: MediaPath.url(of: directPath, at: simulator.media.host), mediaKey: mediaKey,
                fileSHA256: summary.fileSHA256, encryptedFileSHA256: summary.encryptedFileSHA256,
                byteCount: summary.fileByteCount, purpose: purpose),
            mimetype: mimetype)
        media.fileName = fileName
        let said = Utterance(.media(media, kind))
        let id = try await drive { try $0.say(said, from: DeviceAddress(number), to: own) }
        let isKept = await simulator.host.firstValue(within: .patience) { server -> Bool? in
            guard let message = try? server.said(id, by: DeviceAddress(number)) else { return nil }
            let ours = message.progress.filter { $0.key.number == own && $0.key.device != 0 }
            return ours.values.contains { $0.deliveredMilliseconds != nil } ? true : nil
        }
        try #require(isKept == true, "message \(id) was never confirmed")
        return (id, directPath)
    }
}
