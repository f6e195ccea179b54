import Foundation
import TestSupport

/// The outside world at work: programs that send over HTTP, people who say things.
struct CrashTraffic: Sendable {
    let scene: CrashScene
    let seed: UInt64

    static let senderCount = 6

    /// Keeps everybody busy until `body` is done, then lets what was begun come to its end.
    func run(during body: @escaping @Sendable () async throws -> Void) async throws {
        let isOver = Gate()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in 0..<Self.senderCount {
                group.addTask { try await send(as: index, until: isOver) }
            }
            for (index, number) in CrashScene.recipients.enumerated() {
                group.addTask { try await speak(as: number, index, until: isOver) }
            }
            group.addTask {
                defer { isOver.close() }
                try await body()
            }
            do {
                try await group.waitForAll()
            } catch {
                // Whoever waits for a gateway that will not come must not wait on.
                await scene.gateway.retire()
                throw error
            }
        }
    }

    /// Sends the next text when the last one is answered, on a connection of its own.
    private func send(as index: Int, until isOver: Gate) async throws {
        var random = SeededRandom(seed: seed ^ UInt64(index + 1) << 32)
        var number = 0
        while isOver.isOpen, let api = try await scene.gateway.listening() {
            number += 1
            let recipients = CrashScene.recipients + [CrashScene.group]
            let recipient = recipients[Int.random(in: recipients.indices, using: &random)]
            let isFile = Int.random(in: 0..<3, using: &random) == 0
            await send("send \(index)-\(number)", asFile: isFile, to: recipient, through: api)
            try await Task.sleep(for: .milliseconds(Int.random(in: 1...50, using: &random)))
        }
    }

    /// Sends one text, or a file that nobody has sent before with the text below it, and notes the answer, or that there
    /// was none.
    func send(_ text: String, asFile: Bool = false, to recipient: String, through api: JSONCaller) async {
        struct Sent: Decodable { let messageId: String }
        scene.ledger.begin(text, to: recipient)
        let chat = recipient + (recipient == CrashScene.group ? "@g.us" : "@c.us")
        let file = Data("The file of \(text).".utf8).base64EncodedString()
        let answer = try? await api.post(
            "/sessions/\(scene.session)/messages/" + (asFile ? "send-document" : "send-text"),
            asFile
                ? ["chatId": chat, "base64": file, "mimetype": "text/plain", "filename": "note.txt", "caption": text]
                : ["chatId": chat, "text": text])
        guard let answer else { return }
        if answer.status == 201, let sent = try? answer.decoded(as: Sent.self) {
            scene.ledger.answered(text, .accepted(messageID: sent.messageId))
        } else {
            scene.ledger.answered(text, .refused(status: answer.status, text: answer.text))
        }
    }

    private func speak(as number: String, _ index: Int, until isOver: Gate) async throws {
        var random = SeededRandom(seed: seed ^ UInt64(index + 101) << 32)
        var count = 0
        while isOver.isOpen {
            count += 1
            let text = "say \(index)-\(count)"
            scene.ledger.said(text, id: try await scene.simulator.say(text, from: number, to: CrashScene.owner))
            try await Task.sleep(for: .milliseconds(Int.random(in: 5...100, using: &random)))
        }
    }
}
