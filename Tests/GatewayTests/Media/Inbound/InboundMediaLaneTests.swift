import Foundation
import Storage
import StrictJSON
import TestSupport
import Testing
import WABinary
import WAClient
import WAProtocol

@testable import Gateway

@Suite("Files of received messages")
struct InboundMediaLaneTests {
    private static let photo = [UInt8]("a photo of the depot".utf8)

    private func base64(_ member: JSONObject?) -> [UInt8]? {
        (member?["data"]?.string).flatMap { Data(base64Encoded: $0) }.map { [UInt8]($0) }
    }

    @Test("A file is pending with its message, then fetched and stored under its hash; who waits is told")
    func stored() async throws {
        try await withMediaLane { fixture in
            let row = try await fixture.receive(Self.photo, id: "3EB0A1", filename: "../../evil\u{202E}gpj.exe")
            let before = try #require(try await fixture.shelf.media(of: row, in: Stores.sessionID))
            #expect(before.state == .pending && before.path == nil && before.filename == "evilgpj.exe")
            let omitted = try await fixture.shelf.inline(row, in: Stores.sessionID, maximumByteCount: 1 << 20)
            #expect(omitted?["omitted"] == .boolean(true))
            #expect(omitted?["sizeBytes"] == .number(.integer(Int64(Self.photo.count))))
            try await fixture.withLane {
                let media = try #require(try await fixture.settled(row))
                #expect(media.state == .stored)
                let path = try #require(media.path)
                #expect(try readFile(path) == Self.photo)
                #expect(path.hasSuffix("/\(media.sha256.prefix(2))/\(media.sha256)"))
                let inline = try await fixture.shelf.inline(row, in: Stores.sessionID, maximumByteCount: 1 << 20)
                #expect(base64(inline) == Self.photo && inline?["omitted"] == nil)
                #expect(inline?["filename"] == .string("evilgpj.exe"))
                let tooSmall = try await fixture.shelf.inline(row, in: Stores.sessionID, maximumByteCount: 10)
                #expect(tooSmall?["data"] == nil && tooSmall?["omitted"] == .boolean(true))
            }
            #expect(try await fixture.shelf.inline(row + 1, in: Stores.sessionID, maximumByteCount: 10) == nil)
        }
    }

    @Test("A file over the cap is omitted with its size and never asked for; status posts have a cap of their own")
    func overTheCap() async throws {
        try await withMediaLane {
            $0.maximumByteCount = 1_000
            $0.maximumStatusByteCount = 500
        } _: { fixture in
            try await fixture.withLane {
                let large = try await fixture.receive(Self.photo, id: "3EB0A1", byteCount: 1_001)
                let status = try await fixture.receive(
                    Self.photo, id: "3EB0A2", byteCount: 501, chat: JID("status", .broadcast))
                let exact = try await fixture.receive([UInt8](repeating: 1, count: 1_000), id: "3EB0A3")
                #expect(try await fixture.settled(exact)?.state == .stored)
                for row in [large, status] {
                    let media = try #require(try await fixture.shelf.media(of: row, in: Stores.sessionID))
                    #expect(media.state == .omitted && media.reason == .tooLarge && media.path == nil)
                }
                let member = try await fixture.shelf.inline(large, in: Stores.sessionID, maximumByteCount: 1 << 20)
                #expect(member?["sizeBytes"] == .number(.integer(1_001)))
                #expect(fixture.hosts.downloads == ["/v/3EB0A3"])
            }
        }
    }

    @Test("The same file in several messages is fetched and kept once, until the last of them is gone")
    func shared() async throws {
        try await withMediaLane { fixture in
            try await fixture.withLane {
                let first = try await fixture.receive(Self.photo, id: "3EB0A1")
                _ = try await fixture.settled(first)
                let second = try await fixture.receive(Self.photo, id: "3EB0A2")
                #expect(try await fixture.settled(second)?.state == .stored)
                #expect(fixture.hosts.downloads == ["/v/3EB0A1"], "a forward has the key of what was forwarded")

                // Whoever only knows the hash has to show the file.
                let claimed = try await fixture.receive(Self.photo, id: "3EB0A3", mediaKey: 9)
                #expect(try await fixture.settled(claimed)?.state == .stored)
                #expect(fixture.hosts.downloads == ["/v/3EB0A1", "/v/3EB0A3"])
                #expect(filesBelow(fixture.directory).count == 1)

                for (index, row) in [first, second, claimed].enumerated() {
                    try await fixture.shelf.tidy(nowMilliseconds: fixture.clock.nowMilliseconds)
                    #expect(filesBelow(fixture.directory).count == 1, "\(index) messages are gone")
                    _ = try await fixture.stores.database.write { connection in
                        try connection.execute("DELETE FROM gateway_messages WHERE seq = $1", [.integer(row)])
                    }
                }
                try await fixture.shelf.tidy(nowMilliseconds: fixture.clock.nowMilliseconds)
                #expect(filesBelow(fixture.directory) == [])
            }
        }
    }

    @Test("What the hosts have no more is asked for at our phone, and fetched from where it is then")
    func expired() async throws {
        try await withMediaLane { fixture in
            try await fixture.withLane {
                fixture.hosts.fail(.gone)
                fixture.hosts.phoneAnswers(.success("/v/again"))
                fixture.hosts.put(Self.photo, at: "/v/again")
                let row = try await fixture.receive(Self.photo, id: "3EB0A1")
                #expect(try await fixture.settled(row)?.state == .stored)
                #expect(fixture.hosts.downloads == ["/v/3EB0A1", "/v/again"])
                #expect(fixture.hosts.asked == [MessageKey(chat: JID("6281234567890", .user), id: "3EB0A1", isFromMe: false)])
                #expect(try await fixture.media(row)?.reference.directPath == "/v/again")

                fixture.hosts.fail(.gone)
                fixture.hosts.phoneAnswers(.failure(.notOnPhone))
                let gone = try await fixture.receive([1, 2, 3], id: "3EB0A2")
                let media = try #require(try await fixture.settled(gone))
                #expect(media.state == .failed && media.reason == .expired)
            }
        }
    }

    @Test("Hosts that fail are tried again later and later; what is wrong again and again is given up")
    func failures() async throws {
        try await withMediaLane { fixture in
            try await fixture.withLane {
                fixture.hosts.fail(.throwing(.unavailable), .throwing(.unavailable))
                let row = try await fixture.receive(Self.photo, id: "3EB0A1")
                for seconds in [5, 30] {
                    try await fixture.clock.waitForSleeper(for: .seconds(seconds))
                    #expect(try await fixture.media(row)?.state == .pending)
                    fixture.clock.advance(by: .seconds(seconds))
                }
                #expect(try await fixture.settled(row)?.state == .stored)
                #expect(fixture.hosts.downloads.count == 3)

                fixture.hosts.failAll(.throwing(.corrupted))
                let spoilt = try await fixture.receive([1, 2, 3], id: "3EB0A2")
                for seconds in [5, 30] {
                    try await fixture.clock.waitForSleeper(for: .seconds(seconds))
                    fixture.clock.advance(by: .seconds(seconds))
                }
                let media = try #require(try await fixture.settled(spoilt))
                #expect(media.state == .failed && media.reason == .corrupted)
                #expect(filesBelow(fixture.directory).count == 1)
            }
        }
    }

    @Test("One session fetches four files at a time, and what a killed process left is fetched by the next")
    func restart() async throws {
        try await withMediaLane { fixture in
            fixture.hosts.failAll(.stalls)
            var rows: [Int64] = []
            try await fixture.withLane {
                for index in 0..<10 { rows.append(try await fixture.receive([UInt8(index)], id: "3EB0A\(index)")) }
                try await askPatiently("four downloads") { fixture.hosts.downloads.count >= 4 }
            }
            #expect(fixture.hosts.mostAtOnce == 4)
            fixture.hosts.failAll(nil)
            try await fixture.withLane {
                for row in rows {
                    let media = try await fixture.settled(row)
                    #expect(media?.state == .stored)
                }
            }
            #expect(fixture.hosts.mostAtOnce == 4)
            #expect(filesBelow(fixture.directory).count == 10)
        }
    }

    @Test("Files go after their days, and the oldest when all are too large together; the rows stay and say so")
    func retention() async throws {
        try await withMediaLane {
            $0.retentionDays = 2
            $0.totalByteCount = 250
        } _: { fixture in
            try await fixture.withLane {
                var rows: [Int64] = []
                for index in 0..<3 {
                    rows.append(try await fixture.receive([UInt8](repeating: UInt8(index), count: 100), id: "3EB0A\(index)"))
                    #expect(try await fixture.settled(rows[index])?.state == .stored)
                    fixture.clock.advance(by: .seconds(60))
                }
                try await fixture.shelf.tidy(nowMilliseconds: fixture.clock.nowMilliseconds)
                let states = try await states(of: rows, fixture)
                #expect(states == [.omitted, .stored, .stored])
                #expect(filesBelow(fixture.directory).count == 2)
                fixture.clock.advance(by: .seconds(2 * 86_400 - 90))
                try await fixture.shelf.tidy(nowMilliseconds: fixture.clock.nowMilliseconds)
                #expect(try await self.states(of: rows, fixture) == [.omitted, .omitted, .stored])
                #expect(try await fixture.shelf.media(of: rows[1], in: Stores.sessionID)?.reason == .retired)
                #expect(filesBelow(fixture.directory).count == 1)
            }
        }
    }

    private func states(of rows: [Int64], _ fixture: MediaLaneFixture) async throws -> [InboundMedia.State?] {
        var states: [InboundMedia.State?] = []
        for row in rows { states.append(try await fixture.shelf.media(of: row, in: Stores.sessionID)?.state) }
        return states
    }

    @Test("What a crash left in the folder goes; what is being fetched stays")
    func sweep() async throws {
        try await withMediaLane { fixture in
            let (left, held) = (String(repeating: "ab", count: 32), String(repeating: "cd", count: 32))
            for name in [left, held] {
                try await fixture.shelf.files.withPlace(for: name) { try writeFile([1], at: $0 + ".Xy12Zz") }
            }
            try await fixture.shelf.files.withPlace(for: held) { _ in
                try await fixture.shelf.tidy(nowMilliseconds: 0)
                #expect(filesBelow(fixture.directory) == ["cd/\(held).Xy12Zz"])
            }
        }
    }
}
