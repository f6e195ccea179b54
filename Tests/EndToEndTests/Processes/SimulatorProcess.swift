import Foundation

/// `openwa simulate` as a process of its own: it stays up while gateways come and go.
struct SimulatorProcess: Sendable {
    let description: Description
    let control: JSONCaller

    /// What `openwa simulate --json` prints.
    struct Description: Decodable, Sendable {
        let ws: String
        let rootKey: String
        let control: String
        /// The authority of the media server's certificate, PEM.
        let certificateFile: String
    }

    struct InboxPage: Decodable, Sendable {
        struct Message: Decodable, Sendable {
            let id: String
            let isFromMe: Bool
            let text: String?
            let copyCount: Int
            let retryCount: Int
            let media: Media?

            struct Media: Decodable, Sendable {
                let state: String
                let failure: String?
            }
        }

        let messages: [Message]
        let next: Int
    }

    struct Violations: Decodable, Sendable {
        struct Violation: Decodable, Sendable, Equatable {
            let kind: String
            let text: String
        }

        let violations: [Violation]
    }

    struct Counters: Decodable, Sendable {
        let connections: Int
        let logins: Int
        let registrations: Int
        let messagesAccepted: Int
        let repeatedMessages: Int
        let messagesUndecryptable: Int
        let retriesRequested: Int
        let unknownRequests: [String: Int]
        let unknownStanzas: [String: Int]
    }

    struct Said: Decodable, Sendable {
        let id: String
    }

    /// Every message of a device's inbox, oldest first.
    func inbox(of number: String, device: Int = 0) async throws -> [InboxPage.Message] {
        var (messages, after) = ([InboxPage.Message](), 0)
        while true {
            let page: InboxPage = try await control.get(
                "/phones/\(number)/inbox?device=\(device)&after=\(after)&limit=1000"
            ).successful().decoded()
            guard !page.messages.isEmpty else { return messages }
            messages += page.messages
            after = page.next
        }
    }

    /// The id under which the phone said it.
    func say(_ text: String, from number: String, to other: String) async throws -> String {
        let answer = try await control.post("/phones/\(number)/say", ["to": other, "text": text])
        return try answer.successful().decoded(as: Said.self).id
    }

    func violations() async throws -> [Violations.Violation] {
        try await control.get("/violations").successful().decoded(as: Violations.self).violations
    }

    func counters() async throws -> Counters {
        try await control.get("/counters").successful().decoded()
    }
}

/// Lends a simulator in a process of its own.
func withSimulatorProcess<Result>(
    log: String, _ body: (SimulatorProcess) async throws -> Result
) async throws -> Result {
    let child = try await ChildProcess.start(
        BuiltExecutable.path, ["simulate", "--port", "0", "--control-port", "0", "--json"], log: log)
    do {
        let description = try await child.line { line in
            try? JSONDecoder().decode(SimulatorProcess.Description.self, from: Data(line.utf8))
        }
        let result = try await body(
            SimulatorProcess(description: description, control: JSONCaller(baseURL: description.control)))
        await child.killNow()
        return result
    } catch {
        await child.killNow()
        throw error
    }
}
