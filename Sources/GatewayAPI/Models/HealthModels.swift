import StrictJSON

/// `GET /api/health`: the version is for callers with a key.
struct HealthModel: DocumentedModel {
    let timestamp: String
    let version: String?

    static let schema = Schema.object([
        .always("status", .oneOf(["ok"])), .always("timestamp", .date), .maybe("version", .string),
    ])

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("status", "ok")
            json.member("timestamp", timestamp)
            if let version { json.member("version", version) }
        }
    }
}

/// `GET /api/health/live`.
struct LiveModel: DocumentedModel {
    static let schema = Schema.object([.always("status", .oneOf(["ok"]))])

    func write(to json: inout JSONWriter) {
        json.object { $0.member("status", "ok") }
    }
}

/// `GET /api/health/ready`: one database has both of OpenWA's roles.
struct ReadyModel: DocumentedModel {
    let databaseIsUp: Bool
    let isDraining: Bool
    /// Whether thumbnails and conversions can be made; files are sent either way.
    let hasMediaTool: Bool

    var isReady: Bool { databaseIsUp && !isDraining }

    static let schema = Schema.object([
        .always("status", .oneOf(["ok", "error"])),
        .always("details", .map(of: .object([.always("status", .oneOf(["up", "down", "draining", "absent"]))]))),
    ])

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("status", isReady ? "ok" : "error")
            json.member("details") { json in
                if isDraining {
                    json.member("shutdown") { $0.member("status", "draining") }
                    return
                }
                let state = databaseIsUp ? "up" : "down"
                json.member("mainDatabase") { $0.member("status", state) }
                json.member("dataDatabase") { $0.member("status", state) }
                json.member("mediaTool") { $0.member("status", hasMediaTool ? "up" : "absent") }
            }
        }
    }
}
