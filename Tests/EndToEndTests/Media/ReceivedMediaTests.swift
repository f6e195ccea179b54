import Foundation
import Gateway
import SimulatorServer
import Testing
import WASimulator

/// A phone's file, from the media host to our disk and out through the API.
@Suite("Files of received messages, end to end")
struct ReceivedMediaTests {
    private static func bytes(_ count: Int, _ seed: Int = 1) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: ($0 &* 31 &+ seed) >> 2) }
    }

    private func path(of id: String, in chat: String = "\(World.peers[0])@c.us") -> String {
        "/sessions/\(World.session)/messages/\(chat)/false_\(chat)_\(id)/media"
    }

    @Test("Every kind of file comes out of the API as the phone put it in")
    func everyKind() async throws {
        let kinds: [(ShownContent.Kind, String)] = [
            (.image, "image/jpeg"), (.video, "video/mp4"), (.gif, "video/mp4"), (.audio, "audio/mp4"),
            (.voice, "audio/ogg; codecs=opus"), (.document, "application/pdf"), (.sticker, "image/webp"),
        ]
        try await withWorld(seed: 61) { world in
            try await world.withAPI { api in
                for (index, (kind, mimetype)) in kinds.enumerated() {
                    // Sounds and stickers have to be what they say they are.
                    let real = SampleFile.all.first { $0.kind == kind && [.voice, .sticker].contains(kind) }
                    let file = real?.bytes ?? Self.bytes(70_000 + index, index)
                    let name = kind == .document ? "Überblick 2026.pdf" : nil
                    let said = try await world.sayFile(file, kind, mimetype: mimetype, fileName: name)
                    let answer = try await api.get(path(of: said.id))
                    #expect(answer.status == 200 && answer.body == file, "\(kind)")
                    #expect(answer.headers["content-type"] == mimetype.split(separator: ";").first.map(String.init))
                    if kind == .document {
                        #expect(answer.headers["content-disposition"]?.contains("%C3%9Cberblick%202026.pdf") == true)
                    }
                }
            }
        }
    }

    @Test("A file over the cap is not fetched; its message is there and says how large it is")
    func overTheCap() async throws {
        try await withStage(seed: 62) { stage in
            try await stage.run {
                $0.inboundMedia.maximumByteCount = 50_000
            } _: { world in
                try await world.withAPI { api in
                    let said = try await world.sayFile(Self.bytes(50_001))
                    let answer = try await api.get(path(of: said.id))
                    #expect(answer.status == 404 && answer.text.contains("No media stored for this message"))
                    #expect(world.simulator.media.store.counts.downloads == 0)
                    let page = try await api.get("/sessions/\(World.session)/messages?messageId=\(said.id)")
                    #expect(page.text.contains(#""type":"image""#))
                }
            }
        }
    }

    @Test("A gateway that ends before a file has come fetches it when it runs again")
    func resumed() async throws {
        let file = Self.bytes(300_000)
        try await withStage(seed: 63) { stage in
            stage.simulator.media.store.failDownloads(1_000, status: 503)
            let id = try await stage.run { world in try await world.sayFile(file).id }
            stage.simulator.media.store.failDownloads(0, status: 503)
            try await stage.run { world in
                try await world.withAPI { api in
                    let answer = try await api.get(path(of: id))
                    #expect(answer.status == 200 && answer.body == file)
                }
            }
        }
    }

    @Test("A file that the media hosts have lost is uploaded again by our phone; what the phone has lost too is gone")
    func uploadedAgain() async throws {
        let file = Self.bytes(120_000)
        try await withWorld(seed: 65) { world in
            try await world.withAPI { api in
                let said = try await world.sayFile(file, isExpired: true)
                let answer = try await api.get(path(of: said.id))
                #expect(answer.status == 200 && answer.body == file)

                try await world.drive { try $0.setMediaAnswer(.notOnPhone, of: World.ownNumber) }
                let lost = try await world.sayFile(Self.bytes(1_000), isExpired: true)
                let nothing = try await api.get(path(of: lost.id))
                #expect(nothing.status == 404 && nothing.text.contains("MEDIA_NOT_STORED"))
            }
        }
    }

    @Test("A file we sent ourselves can be read back, fetched when somebody asks")
    func ownFile() async throws {
        try await withWorld(seed: 64) { world in
            try await world.withAPI { api in
                let file = SampleFile.all[0]
                let chat = "\(World.peers[0])@c.us"
                let id = try await api.send(file, as: .base64, to: chat)
                let answer = try await api.get("/sessions/\(World.session)/messages/\(chat)/true_\(chat)_\(id)/media")
                #expect(answer.status == 200 && answer.body == file.bytes)
            }
        }
    }
}
