/// `GET /api/health`: the version is for callers with a key.
struct HealthModel: JSONWritable {
    let timestamp: String
    let version: String?

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("status", "ok")
            json.member("timestamp", timestamp)
            if let version { json.member("version", version) }
        }
    }
}

/// `GET /api/health/live`.
struct LiveModel: JSONWritable {
    func write(to json: inout JSONWriter) {
        json.object { $0.member("status", "ok") }
    }
}

/// `GET /api/health/ready`: one database has both of OpenWA's roles.
struct ReadyModel: JSONWritable {
    let databaseIsUp: Bool
    let isDraining: Bool
    /// Whether thumbnails and conversions can be made; files are sent either way.
    let hasMediaTool: Bool

    var isReady: Bool { databaseIsUp && !isDraining }

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
