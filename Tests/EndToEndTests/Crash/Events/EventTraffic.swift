import Foundation
import Synchronization
import TestSupport

/// Many people who say things and react to them, and a program that sends; all of it noted.
final class EventTraffic: Sendable {
    struct Said: Sendable {
        let id: String
        let text: String
    }

    struct Ledger: Sendable {
        /// By number, in the order said.
        var said: [String: [Said]] = [:]
        /// The emoji by the id of the message that somebody reacted to.
        var reactions: [String: String] = [:]
    }

    let scene: CrashScene
    let seed: UInt64
    let people: [String]
    /// How many messages everybody together says.
    let messageCount: Int
    private let ledger = Mutex(Ledger())
    /// How much of the storm is over, 0 to 1: the messages are spread over it.
    private let progress = Mutex(0.0)

    init(scene: CrashScene, seed: UInt64, people: Int, messageCount: Int) {
        self.scene = scene
        self.seed = seed
        self.people = (0..<people).map { String(628_700_000_001 + $0) }
        self.messageCount = messageCount
    }

    var told: Ledger { ledger.withLock { $0 } }

    func makePhones() async throws {
        for number in people { _ = try await scene.simulator.control.post("/phones", ["number": number]).successful() }
    }

    func note(progress part: Double) { progress.withLock { $0 = part } }

    /// Lets everybody speak until all is said and `body` is done.
    func run(during body: @escaping @Sendable () async throws -> Void) async throws {
        let isOver = Gate()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (index, number) in people.enumerated() { group.addTask { try await self.speak(as: number, index) } }
            group.addTask { try await self.send(until: isOver) }
            group.addTask {
                defer { isOver.close() }
                try await body()
                self.note(progress: 1)
            }
            do {
                try await group.waitForAll()
            } catch {
                await scene.gateway.retire()
                throw error
            }
        }
    }

    private func speak(as number: String, _ index: Int) async throws {
        var random = SeededRandom(seed: seed ^ UInt64(index + 1) << 24)
        let count = messageCount / people.count
        for turn in 0..<count {
            while progress.withLock({ $0 }) < Double(turn) / Double(count) {
                try await Task.sleep(for: .milliseconds(20))
            }
            let text = "say \(index)-\(turn)"
            let id = try await scene.simulator.say(text, from: number, to: CrashScene.owner)
            ledger.withLock { $0.said[number, default: []].append(Said(id: id, text: text)) }
            guard Int.random(in: 0..<4, using: &random) == 0 else { continue }
            let emoji = ["👍", "🎉", "❤️"][Int.random(in: 0..<3, using: &random)]
            ledger.withLock { $0.reactions[id] = emoji }
            _ = try await scene.simulator.control.post(
                "/phones/\(number)/say", ["to": CrashScene.owner, "type": "reaction", "id": id, "emoji": emoji]
            ).successful()
        }
    }

    /// Sends to one after the other; half of those who got something read it.
    private func send(until isOver: Gate) async throws {
        let traffic = CrashTraffic(scene: scene, seed: seed)
        var random = SeededRandom(seed: seed ^ 0x5E4D)
        var number = 0
        while isOver.isOpen, let api = try await scene.gateway.listening() {
            number += 1
            let person = people[Int.random(in: people.indices, using: &random)]
            let text = "send \(number)"
            await traffic.send(text, to: person, through: api)
            if Bool.random(using: &random), case .accepted(let id)? = scene.ledger.snapshot.sends[text]?.outcome {
                // It may not have come yet; then it stays unread.
                let bare = String(id.split(separator: "_").last ?? "")
                _ = try await scene.simulator.control.post("/phones/\(person)/read", ["ids": [bare]])
            }
            try await Task.sleep(for: .milliseconds(Int.random(in: 5...60, using: &random)))
        }
    }
}
