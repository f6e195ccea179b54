import Hummingbird
import StrictJSON
import Testing

@testable import GatewayAPI

struct HealthRoutesTests {
    @Test("Health needs no key, and tells the version to those who have one")
    func health() async throws {
        try await withRoutes(APIConfiguration(version: "1.2.3")) { caller, _ in
            let open = try await caller.with(key: nil).get("/api/health")
            #expect(open.status == 200)
            #expect(open.names == ["status", "timestamp"])
            #expect(open["status"] == .string("ok"))
            #expect(open["timestamp"]?.string.flatMap { ISO8601Text.milliseconds(parsing: $0) } != nil)
            #expect(try await caller.get("/api/health")["version"] == .string("1.2.3"))
            #expect(try await caller.with(key: "wrong").get("/api/health").names == ["status", "timestamp"])
        }
    }

    @Test("Liveness is one word, readiness tells of the database")
    func liveAndReady() async throws {
        try await withRoutes { caller, _ in
            let nobody = caller.with(key: nil)
            #expect(try await nobody.get("/api/health/live").text == #"{"status":"ok"}"#)
            let ready = try await nobody.get("/api/health/ready")
            #expect(ready.status == 200)
            #expect(
                ready.text
                    == #"{"status":"ok","details":{"mainDatabase":{"status":"up"},"dataDatabase":{"status":"up"},"mediaTool":{"status":"absent"}}}"#)
            #expect(try await nobody.call(.head, "/api/health").status == 200)
        }
    }

    @Test("What is not ready says why")
    func notReady() {
        func text(_ model: ReadyModel) -> String { String(decoding: JSONWriter.bytes(of: model), as: UTF8.self) }
        #expect(
            text(ReadyModel(databaseIsUp: false, isDraining: false, hasMediaTool: false))
                == #"{"status":"error","details":{"mainDatabase":{"status":"down"},"dataDatabase":{"status":"down"},"mediaTool":{"status":"absent"}}}"#)
        #expect(
            text(ReadyModel(databaseIsUp: true, isDraining: true, hasMediaTool: false))
                == #"{"status":"error","details":{"shutdown":{"status":"draining"}}}"#)
    }
}
