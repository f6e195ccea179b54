import StrictJSON
import Testing

@testable import Gateway
@testable import GatewayAPI

/// What can be said of groups without WhatsApp; the rest is tested end to end.
struct GroupRoutesTests {
    @Test("Groups of a session that is not started are refused with the contract's text")
    func notStarted() async throws {
        try await withRoutes { caller, fixture in
            _ = try await fixture.gateway.createSession(name: "my-session")
            for path in ["groups", "groups/120363012345678901@g.us"] {
                let answer = try await caller.get("/api/sessions/my-session/\(path)")
                #expect(answer.status == 400)
                #expect(answer.message == ["Session is not started"])
            }
        }
    }

    @Test("A group of the list has the contract's members")
    func summary() {
        let model = GroupSummaryModel(group: GroupSummary(id: "1203@g.us", name: "Ops", linkedParentID: nil))
        #expect(
            String(decoding: JSONWriter.bytes(of: model), as: UTF8.self)
                == #"{"id":"1203@g.us","name":"Ops","linkedParentJID":null}"#)
    }

    @Test("A group has the contract's members, and leaves out what is not known")
    func model() {
        let summary = GroupSummary(id: "1203@g.us", name: "Ops", linkedParentID: "1204@g.us")
        let participant = GroupRecord.Participant(id: "6281@c.us", number: "6281", isAdmin: true, isSuperAdmin: true)
        let full = GroupRecord(
            summary: summary, description: "on call", owner: "6281@c.us", createdAtSeconds: 1_790_000_000,
            isAnnouncement: true, isLocked: true, ephemeralSeconds: 86_400, memberAddMode: "all",
            participants: [participant])
        #expect(
            String(decoding: JSONWriter.bytes(of: GroupModel(group: full)), as: UTF8.self)
                == #"{"id":"1203@g.us","name":"Ops","description":"on call","owner":"6281@c.us","createdAt":1790000000,"#
                + #""isReadOnly":false,"isAnnounce":true,"linkedParentJID":"1204@g.us","announce":true,"locked":true,"#
                + #""ephemeralSeconds":86400,"memberAddMode":"all","participants":[{"id":"6281@c.us","number":"6281","#
                + #""isAdmin":true,"isSuperAdmin":true}]}"#)
        let bare = GroupModel(group: GroupRecord(summary: summary, participants: []))
        #expect(
            String(decoding: JSONWriter.bytes(of: bare), as: UTF8.self)
                == #"{"id":"1203@g.us","name":"Ops","isReadOnly":false,"isAnnounce":false,"linkedParentJID":"1204@g.us","#
                + #""announce":false,"locked":false,"ephemeralSeconds":0,"participants":[]}"#)
    }
}
