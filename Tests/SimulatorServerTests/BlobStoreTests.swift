import AsyncHTTPClient
import Foundation
import NIOHTTP1
import SimulatorServer
import TestSupport
import Testing
import WACrypto
import WASimulator

@Suite("The simulator's media server")
struct BlobStoreTests {
    private static let file = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }

    private func token(_ file: [UInt8], padded: Bool = false) -> String {
        let text = Data(Digest.sha256(file)).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_")
        return padded ? text : text.replacing("=", with: "")
    }

    /// The address of an upload, as clients make it.
    private func address(
        _ token: String, type: String = "image", auth: String? = nil, more: String = "", on simulator: RunningSimulator
    ) async -> String {
        let current = await simulator.host.drive { server, _ in server.mediaAuthorization }
        let query = token.replacing("=", with: "%3D")
        return "https://\(simulator.media.host)/mms/\(type)/\(token)?auth=\(auth ?? current)&token=\(query)\(more)"
    }

    @Test("A file is uploaded under its hash and comes down again, however the address ends", arguments: [true, false])
    func upAndDown(padded: Bool) async throws {
        try await withSimulator { simulator in
            try await withHTTPS(trusting: simulator) { https in
                let url = await address(token(Self.file, padded: padded), on: simulator)
                let answer = try await https.call(.POST, url, Self.file)
                #expect(answer.status == 200)
                let path = try #require(try answer.json["direct_path"])
                #expect(try answer.json["url"]?.hasPrefix("https://\(simulator.media.host)/v/t62.7118-24/") == true)
                #expect(try answer.json["handle"]?.isEmpty == false)
                for end in ["", "&hash=\(token(Self.file))&mms-type=image&__wa-mms=", "?auth=x&token=y"] {
                    let down = try await https.call(.GET, "https://\(simulator.media.host)\(path)\(end)")
                    #expect(down.status == 200 && down.body == Self.file, "\(end)")
                }
                let bare = try await https.call(.GET, "https://\(simulator.media.host)\(path.prefix { $0 != "?" })")
                #expect(bare.body == Self.file)
                #expect(simulator.media.store.counts.uploads == 1)
                #expect(simulator.media.store.counts.downloads == 4)
                _ = try await https.call(.POST, url, Self.file)
                #expect(simulator.media.store.counts.uploads == 2, "the same file again is seen")
            }
        }
    }

    @Test(
        "Every type of media has its path", arguments: [
            "image", "video", "audio", "ptt", "document", "sticker", "thumbnail-link", "md-app-state", "md-msg-hist",
            "sticker-pack", "thumbnail-sticker-pack",
        ])
    func types(type: String) async throws {
        try await withSimulator { simulator in
            try await withHTTPS(trusting: simulator) { https in
                let url = await address(token([1, 2, 3]), type: type, on: simulator)
                let answer = try await https.call(.POST, url, [1, 2, 3])
                #expect(answer.status == 200)
                #expect(simulator.media.store.counts.uploadsByType == [type: 1])
            }
        }
    }

    @Test(
        "Files that are not encrypted have places of their own",
        arguments: [
            "newsletter/newsletter-image", "newsletter/newsletter-video", "product/image", "pps/biz-cover-photo",
        ])
    func places(place: String) async throws {
        try await withSimulator { simulator in
            try await withHTTPS(trusting: simulator) { https in
                let base = await address(token(Self.file, padded: true), on: simulator)
                let url = base.replacing("mms/image", with: place)
                let answer = try await https.call(.POST, url, Self.file)
                let path = try #require(try answer.json["direct_path"])
                #expect(try answer.json["handle"]?.isEmpty == false)
                let host = simulator.media.host
                #expect(try await https.call(.GET, "https://\(host)\(path)").body == Self.file)
                let wrong = url.replacing("/" + place, with: "/elsewhere" + place)
                #expect(try await https.call(.POST, wrong, Self.file).status == 404)
            }
        }
    }

    @Test("Who has read a file may delete it, under its name with padding or without", arguments: [true, false])
    func deletion(padded: Bool) async throws {
        try await withSimulator { simulator in
            try await withHTTPS(trusting: simulator) { https in
                let url = await address(token(Self.file), type: "md-msg-hist", on: simulator)
                _ = try await https.call(.POST, url, Self.file)
                let path = "https://\(simulator.media.host)/mms/md-msg-hist/\(token(Self.file, padded: padded))"
                #expect(try await https.call(.DELETE, path).status == 200)
                #expect(try await https.call(.GET, path).status == 404)
                #expect(simulator.media.store.counts.deletions == 1)
            }
        }
    }

    @Test("A wrong auth is 401, other bytes or no hash are 400, an unknown type is 404, and nothing is kept")
    func refusals() async throws {
        try await withSimulator { simulator in
            try await withHTTPS(trusting: simulator) { https in
                let good = token(Self.file)
                let cases = [
                    (await address(good, auth: "wrong", on: simulator), 401), (await address(token([1]), on: simulator), 400),
                    (await address("AAAA", on: simulator), 400), (await address(good, type: "sounds", on: simulator), 404),
                    (await address(good, more: "&file_offset=5", on: simulator), 409),
                    (await address(good, more: "&file_offset=x", on: simulator), 400),
                ]
                for (url, status) in cases {
                    let answer = try await https.call(.POST, url, Self.file)
                    #expect(answer.status == status, "\(url)")
                }
                let former = await address(good, on: simulator)
                await simulator.host.drive { server, _ in server.renewMediaAuthorization() }
                #expect(try await https.call(.POST, former, Self.file).status == 401)
                #expect(simulator.media.store.blobs.isEmpty)
                #expect(simulator.media.store.counts.refusedUploads == 7)
            }
        }
    }

    @Test("An upload that was cut goes on where it ended")
    func resume() async throws {
        try await withSimulator { simulator in
            try await withHTTPS(trusting: simulator) { https in
                let url = await address(token(Self.file), on: simulator)
                let query = await address(token(Self.file), more: "&resume=1", on: simulator)
                #expect(try await https.call(.POST, query).json == ["resume": "0"])
                simulator.media.store.failUploads(1, .cut(afterByteCount: 50_000))
                await #expect(throws: (any Error).self) { try await https.call(.POST, url, Self.file) }
                let offset = try #require(Int(try await https.call(.POST, query).json["resume"] ?? ""))
                #expect((50_000..<Self.file.count).contains(offset))
                let rest = await address(token(Self.file), more: "&file_offset=\(offset)", on: simulator)
                let answer = try await https.call(.POST, rest, Array(Self.file[offset...]))
                #expect(answer.status == 200)
                let complete = try await https.call(.POST, query).json
                #expect(complete["resume"] == "complete")
                #expect(complete["direct_path"] == (try answer.json["direct_path"]))
                let down = try await https.call(
                    .GET, "https://\(simulator.media.host)\(try #require(complete["direct_path"]))")
                #expect(down.body == Self.file)
                #expect(simulator.media.store.counts.resumedUploads == 1)
            }
        }
    }

    @Test("Uploads fail as often as they are told to, and then no more")
    func failures() async throws {
        try await withSimulator { simulator in
            try await withHTTPS(trusting: simulator) { https in
                simulator.media.store.failUploads(2, .status(503))
                let url = await address(token(Self.file), on: simulator)
                var statuses: [UInt] = []
                for _ in 0..<3 { statuses.append(try await https.call(.POST, url, Self.file).status) }
                #expect(statuses == [503, 503, 200])
            }
        }
    }

    @Test(
        "Parts of a file come with their range", arguments: [
            ("bytes=0-9", 206, 0..<10), ("bytes=199990-", 206, 199_990..<200_000), ("bytes=-5", 206, 199_995..<200_000),
            ("bytes=199999-300000", 206, 199_999..<200_000), ("bytes=200000-", 416, 0..<0), ("bytes=9-5", 416, 0..<0),
            ("bytes=0-9223372036854775807", 206, 0..<200_000), ("bytes=9223372036854775807-", 416, 0..<0),
            ("bytes=-9223372036854775808", 416, 0..<0),
        ])
    func ranges(header: String, status: UInt, range: Range<Int>) async throws {
        try await withSimulator { simulator in
            try await withHTTPS(trusting: simulator) { https in
                let url = await address(token(Self.file), on: simulator)
                let path = try #require(try await https.call(.POST, url, Self.file).json["direct_path"])
                let down = try await https.call(
                    .GET, "https://\(simulator.media.host)\(path)", headers: ["Range": header])
                #expect(down.status == status)
                #expect(down.body == Array(Self.file[range]))
                let expected = status == 206 ? "\(range.lowerBound)-\(range.upperBound - 1)" : "*"
                #expect(down.headers.first(name: "Content-Range") == "bytes \(expected)/200000")
            }
        }
    }

    @Test("Expired files are gone, unknown ones were never there")
    func expiry() async throws {
        try await withSimulator { simulator in
            try await withHTTPS(trusting: simulator) { https in
                let url = await address(token(Self.file), on: simulator)
                let path = try #require(try await https.call(.POST, url, Self.file).json["direct_path"])
                #expect(simulator.media.store.expire(directPath: path) == 1)
                #expect(try await https.call(.GET, "https://\(simulator.media.host)\(path)").status == 410)
                #expect(try await https.call(.GET, "https://\(simulator.media.host)/v/t62.7118-24/none").status == 404)
                let query = await address(token(Self.file), more: "&resume=1", on: simulator)
                #expect(try await https.call(.POST, query).json == ["resume": "0"], "it must be uploaded anew")
                #expect(try await https.call(.POST, url, Self.file).status == 200)
                #expect(try await https.call(.GET, "https://\(simulator.media.host)\(path)").status == 200)
            }
        }
    }

    @Test("The folder of the files goes away with the simulator")
    func folder() async throws {
        let folder = try await withSimulator { simulator in
            #expect(FileManager.default.fileExists(atPath: simulator.media.store.folder))
            return simulator.media.store.folder
        }
        #expect(!FileManager.default.fileExists(atPath: folder))
    }
}

@Suite("The playground's sites")
struct PlaygroundSitesTests {
    @Test("example.com serves real files over https and http, under a certificate of its own")
    func files() async throws {
        try await withSimulator(configure: { $0.servesPlaygroundSites = true }) { simulator in
            try await withHTTPS(trusting: simulator, names: ["example.com": "127.0.0.1"]) { https in
                let signatures: [(String, String, [UInt8])] = [
                    ("/image.jpg", "image/jpeg", [0xFF, 0xD8, 0xFF]), ("/promo.jpg", "image/jpeg", [0xFF, 0xD8, 0xFF]),
                    ("/report.pdf", "application/pdf", Array("%PDF-1.4".utf8)), ("/voice.ogg", "audio/ogg", Array("OggS".utf8)),
                    ("/video.mp4", "video/mp4", [0, 0, 0]), ("/sticker.webp", "image/webp", Array("RIFF".utf8)),
                    ("/", "text/html; charset=utf-8", Array("<!doctype".utf8)),
                ]
                for site in simulator.sites where site.host == "example.com" {
                    let base = "\(site.port == 443 ? "https" : "http")://example.com:\(site.actualPort)"
                    for (path, type, start) in signatures {
                        let answer = try await https.call(.GET, base + path)
                        #expect(answer.status == 200 && answer.body.starts(with: start), "\(path)")
                        #expect(answer.headers.first(name: "Content-Type") == type)
                    }
                    let moved = try await https.call(.GET, base + "/redirect")
                    #expect(moved.status == 302 && moved.headers.first(name: "Location") == "/image.jpg")
                    #expect(try await https.call(.GET, base + "/nothing").status == 404)
                }
                #expect(simulator.sites.map(\.port) == [443, 80, 443, 80])
            }
        }
    }
}
