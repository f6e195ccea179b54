import Foundation
import NIOHTTP1

extension BenchGateway {
    /// A phone says something, and this waits until our device has it and has told so: stored here, not only received.
    ///
    /// - Returns: false when that takes longer than a minute.
    func say(_ text: String, from phone: String, to other: String) async throws -> Bool {
        let (_, said) = try await call(.POST, "\(control)/phones/\(phone)/say", ["to": other, "text": text])
        guard let id = said["id"] as? String else { throw BenchError.unexpectedAnswer("\(said)") }
        let (status, _) = try await call(
            .GET, "\(control)/phones/\(phone)/said/\(id)?until=delivered&waitSeconds=25")
        return status == 200
    }

    /// The same without waiting for anything.
    func sayOnly(_ text: String, from phone: String, to other: String) async throws {
        let (status, said) = try await call(.POST, "\(control)/phones/\(phone)/say", ["to": other, "text": text])
        guard (200..<300).contains(status) else { throw BenchError.unexpectedAnswer("\(said)") }
    }

    func addWebhook(_ url: String, session: String) async throws {
        let body: [String: any Sendable] = [
            "url": url, "events": ["message.received"], "secret": "bench-secret-of-this-run",
        ]
        let (status, answer) = try await call(.POST, "\(base)/sessions/\(session)/webhooks", body)
        guard status == 201 else { throw BenchError.unexpectedAnswer("\(status) \(answer)") }
    }
}
