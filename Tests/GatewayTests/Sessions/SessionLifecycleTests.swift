import Testing
import WAClient

@testable import Gateway

@Suite("A session's states")
struct SessionLifecycleTests {
    /// What can happen to a session.
    enum Event: Sendable {
        case start, stop, ended
        case client(ClientState)
    }

    /// A story: what happens, and the status after each event.
    struct Story: Sendable, CustomTestStringConvertible {
        let testDescription: String
        var linked = false
        var resting = SessionStatus.created
        let events: [(Event, SessionStatus)]
    }

    static let stories = [
        Story(
            testDescription: "first link",
            events: [
                (.start, .initializing), (.client(.connecting), .initializing),
                (.client(.waitingForScan(qr: "a")), .qrReady),
                (.client(.waitingForScan(qr: "b")), .qrReady), (.client(.pairing), .authenticating),
                (.client(.reconnecting(attempt: 0, reason: "linked")), .authenticating),
                (.client(.connecting), .authenticating), (.client(.online), .ready),
            ]),
        Story(
            testDescription: "codes run out",
            events: [
                (.start, .initializing), (.client(.waitingForScan(qr: "a")), .qrReady),
                (.client(.reconnecting(attempt: 0, reason: "the QR codes ran out")), .initializing),
                (.client(.connecting), .initializing), (.client(.waitingForScan(qr: "b")), .qrReady),
            ]),
        Story(
            testDescription: "drop and return", linked: true, resting: .disconnected,
            events: [
                (.start, .initializing), (.client(.online), .ready),
                (.client(.reconnecting(attempt: 1, reason: "lost")), .disconnected),
                (.client(.connecting), .initializing),
                (.client(.online), .ready),
            ]),
        Story(
            testDescription: "unlinked by the phone", linked: true, resting: .disconnected,
            events: [
                (.start, .initializing), (.client(.online), .ready),
                (.client(.loggedOut(reason: "device removed")), .disconnected), (.ended, .disconnected),
                (.start, .initializing), (.client(.waitingForScan(qr: "a")), .qrReady),
            ]),
        Story(
            testDescription: "given up", linked: true, resting: .disconnected,
            events: [
                (.start, .initializing), (.client(.failed(reason: "banned")), .failed), (.ended, .failed),
                (.start, .initializing), (.client(.online), .ready),
            ]),
        Story(
            testDescription: "stopped while starting", linked: true, resting: .disconnected,
            events: [
                (.start, .initializing), (.stop, .disconnected), (.client(.online), .disconnected),
                (.client(.stopped), .disconnected), (.ended, .disconnected), (.start, .initializing),
            ]),
        Story(
            testDescription: "a failure is forgiven by a stop", linked: true, resting: .failed,
            events: [(.stop, .disconnected)]),
    ]

    @Test("Each event leads to the state the contract names", arguments: stories)
    func follows(story: Story) throws {
        var lifecycle = SessionLifecycle(restingAs: story.resting, isLinked: story.linked)
        #expect(lifecycle.status == story.resting)
        for (index, (event, status)) in story.events.enumerated() {
            switch event {
            case .start: try lifecycle.start()
            case .stop: _ = lifecycle.stop()
            case .ended: lifecycle.ended()
            case .client(let state): lifecycle.heard(state)
            }
            #expect(lifecycle.status == status, "after event \(index + 1)")
        }
    }

    @Test("A second start is refused by what the first has come to")
    func refusesSecondStart() throws {
        var lifecycle = SessionLifecycle(restingAs: .created, isLinked: false)
        try lifecycle.start()
        #expect(throws: GatewayError.sessionAlreadyStarting) { try lifecycle.start() }
        lifecycle.heard(.waitingForScan(qr: "a"))
        #expect(throws: GatewayError.sessionAlreadyStarted) { try lifecycle.start() }
        lifecycle.heard(.online)
        #expect(throws: GatewayError.sessionAlreadyStarted) { try lifecycle.start() }
    }

    @Test("Sends pass only while the session is started and linked")
    func gatesSends() throws {
        var lifecycle = SessionLifecycle(restingAs: .created, isLinked: false)
        #expect(lifecycle.sendGate == .notActive)
        try lifecycle.start()
        #expect(lifecycle.sendGate == .notLinked)
        lifecycle.heard(.waitingForScan(qr: "a"))
        #expect(lifecycle.sendGate == .notLinked)
        lifecycle.linked()
        #expect(lifecycle.sendGate == .open)
        lifecycle.heard(.online)
        lifecycle.heard(.reconnecting(attempt: 3, reason: "lost"))
        #expect(lifecycle.sendGate == .open)
        lifecycle.heard(.loggedOut(reason: "removed"))
        #expect(lifecycle.sendGate == .notLinked)
        lifecycle.ended()
        #expect(lifecycle.sendGate == .notActive)
    }

    @Test("The code is shown while it can be scanned, and the newest one")
    func showsNewestCode() throws {
        var lifecycle = SessionLifecycle(restingAs: .created, isLinked: false)
        try lifecycle.start()
        #expect(lifecycle.qrText == nil)
        lifecycle.heard(.waitingForScan(qr: "a"))
        lifecycle.heard(.waitingForScan(qr: "b"))
        #expect(lifecycle.qrText == "b")
        lifecycle.heard(.pairing)
        #expect(lifecycle.qrText == nil)
    }

    @Test("An error is kept after a failure and after many vain attempts, until the session is ready")
    func keepsErrors() throws {
        var lifecycle = SessionLifecycle(restingAs: .disconnected, isLinked: true)
        try lifecycle.start()
        lifecycle.heard(.reconnecting(attempt: 4, reason: "lost"))
        #expect(lifecycle.lastError == nil)
        lifecycle.heard(.reconnecting(attempt: 5, reason: "lost"))
        #expect(lifecycle.lastError == "lost")
        lifecycle.heard(.online)
        #expect(lifecycle.lastError == nil)
        lifecycle.heard(.failed(reason: "banned"))
        lifecycle.ended()
        #expect(lifecycle.lastError == "banned")
        #expect(lifecycle.restingStatus == .failed)
    }

    @Test(
        "A name is 3 to 50 letters, digits or hyphens",
        arguments: [
            ("my-session", true), ("abc", true), (String(repeating: "a", count: 50), true), ("A-1", true),
            ("ab", false),
            (String(repeating: "a", count: 51), false), ("my session", false), ("my_session", false), ("sesión", false),
            ("", false), ("a/b", false),
        ])
    func checksNames(text: String, isValid: Bool) {
        #expect((SessionName(text) != nil) == isValid)
    }
}
