import WABinary

/// Where clients upload and download media. Reference 7.1.
extension SimulatedServer {
    /// What uploads have to bring as `auth`; anything else is refused with 401.
    package var mediaAuthorization: String {
        seeds.bytes("media authorization/\(mediaAuthorizationCount)", 24).map { byte in
            String(byte >> 4, radix: 16) + String(byte & 0x0F, radix: 16)
        }.joined()
    }

    /// From now on only a newer token than any client has is good: clients must ask again.
    package func renewMediaAuthorization() {
        mediaAuthorizationCount += 1
    }

    /// `<media_conn auth ttl auth_ttl max_buckets><host hostname type><download/><upload/></host>…</media_conn>`
    func mediaConnection() -> Node {
        Node(
            "media_conn",
            [
                "auth": .text(mediaAuthorization), "ttl": .text(String(configuration.mediaConnectionSeconds)),
                "auth_ttl": "21600", "max_buckets": "12",
            ],
            configuration.mediaHosts.enumerated().map { index, host in
                Node(
                    "host",
                    ["hostname": .text(host), "type": index == 0 ? "primary" : "fallback"],
                    [Node("download"), Node("upload")])
            })
    }
}
