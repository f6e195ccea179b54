import Hummingbird
import WASimulator

/// The simulator as a whole: where it is, what it counted, what it objected to.
struct ServerRoutes {
    let simulator: RunningSimulator
    private var host: SimulatorHost { simulator.host }

    init(simulator: RunningSimulator) {
        self.simulator = simulator
    }

    func add(to router: Router<BasicRequestContext>) {
        router.get("/") { [simulator] _, _ in
            SimulatorDescription(of: simulator, certificateFile: nil, phones: [])
        }
        router.get("authority.pem") { [simulator] _, _ in
            Response(
                status: .ok, headers: [.contentType: "application/x-pem-file"],
                body: .init(byteBuffer: ByteBuffer(string: simulator.authorityPEM)))
        }
        router.get("counters") { [host] _, _ in
            await host.drive { server, _ in CountersModel(server.counters, violationCount: server.violations.count) }
        }
        router.get("violations") { [host] request, _ in
            let after = try request.integer("after", in: 0...Int(Int32.max), default: 0)
            let found = await host.firstValue(within: try request.wait()) { server in
                server.violations.count > after ? Array(server.violations.dropFirst(after)) : nil
            }
            let violations = found ?? []
            return ViolationPage(violations: violations.map { ViolationModel($0) }, next: after + violations.count)
        }
        router.delete("violations") { [host] _, _ in
            await host.drive { server, _ in server.forgetViolations() }
            return Response(status: .noContent)
        }
    }
}

extension SimulatorDescription: ResponseEncodable {}

/// Something a real server or phone would not have put up with.
struct ViolationModel: ResponseEncodable {
    let kind: String
    let text: String
    let atMilliseconds: Int64

    init(_ violation: Violation) {
        kind = violation.kind.rawValue
        text = violation.text
        atMilliseconds = violation.atMilliseconds
    }
}

struct ViolationPage: ResponseEncodable {
    let violations: [ViolationModel]
    /// Pass it as `after` to see only what comes later.
    let next: Int
}

/// Totals since the start.
struct CountersModel: ResponseEncodable {
    let connections: Int
    let registrations: Int
    let logins: Int
    let refusedLogins: Int
    let stanzasReceived: Int
    let stanzasSent: Int
    let messagesAccepted: Int
    let repeatedMessages: Int
    let messagesDecrypted: Int
    let messagesUndecryptable: Int
    let retriesRequested: Int
    let preKeysGivenOut: Int
    let faults: Int
    let violations: Int
    /// Requests refused on purpose.
    let refusedRequests: Int
    let unifiedSessions: Int
    /// Requests answered with 501, by namespace and child.
    let unknownRequests: [String: Int]
    /// Stanzas of unknown kinds, by tag.
    let unknownStanzas: [String: Int]

    init(_ counters: SimulatorCounters, violationCount: Int) {
        connections = counters.connections
        registrations = counters.registrations
        logins = counters.logins
        refusedLogins = counters.refusedLogins
        stanzasReceived = counters.stanzasReceived
        stanzasSent = counters.stanzasSent
        messagesAccepted = counters.messagesAccepted
        repeatedMessages = counters.repeatedMessages
        messagesDecrypted = counters.messagesDecrypted
        messagesUndecryptable = counters.messagesUndecryptable
        retriesRequested = counters.retriesRequested
        preKeysGivenOut = counters.preKeysGivenOut
        faults = counters.faults
        violations = violationCount
        refusedRequests = counters.refusedRequests
        unifiedSessions = counters.unifiedSessions
        unknownRequests = counters.unknownRequests
        unknownStanzas = counters.unknownStanzas
    }
}
