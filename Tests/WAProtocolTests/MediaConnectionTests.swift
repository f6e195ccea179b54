import FoundationEssentials
import Testing
import WABinary
import WAProtocol

@Suite("Media hosts")
struct MediaConnectionTests {
    private func reply(_ attributes: Attributes, _ hosts: [Attributes]) -> Node {
        Node("iq", [:], [Node("media_conn", attributes, hosts.map { Node("host", $0) })])
    }

    @Test("The hosts come best first, with their limits")
    func hosts() throws {
        let request = MediaConnectionRequest()
        #expect(
            request.node(id: "1")
                == Node(
                    "iq", ["id": "1", "xmlns": "w:m", "type": "set", "to": .jid(.server)], [Node("media_conn")]))
        let connection = try request.parse(
            reply(
                ["auth": "secret", "ttl": "300", "auth_ttl": "21600", "max_buckets": "12"],
                [
                    ["hostname": "mmg.whatsapp.net", "type": "fallback"],
                    ["hostname": "media-1.cdn.whatsapp.net:8443", "type": "primary", "maxContentLengthBytes": "1000"],
                ]))
        #expect(
            connection
                == MediaConnection(
                    auth: "secret", lifetimeSeconds: 300,
                    hosts: [
                        .init(name: "media-1.cdn.whatsapp.net:8443", maximumByteCount: 1000),
                        .init(name: "mmg.whatsapp.net", maximumByteCount: nil),
                    ]))
    }

    @Test("Odd answers give no hosts, odd names are left out")
    func odd() throws {
        let request = MediaConnectionRequest()
        #expect(throws: WAProtocolError.self) { try request.parse(Node("iq")) }
        #expect(throws: WAProtocolError.self) { try request.parse(reply(["ttl": "1"], [["hostname": "a"]])) }
        let names = ["", "a/b", "a@b", "a b", "a:b", "a:1:2", "a:99999", "a?b", "a#b", "ä"]
        #expect(throws: WAProtocolError.self) { try request.parse(reply(["auth": "x"], names.map { ["hostname": .text($0)] })) }
        let many = try request.parse(reply(["auth": "x", "ttl": "-5"], (0..<40).map { ["hostname": .text("h\($0)")] }))
        #expect(many.hosts.count == 16 && many.lifetimeSeconds == 1)
        #expect(try request.parse(reply(["auth": "x", "ttl": "99999999"], [["hostname": "a"]])).lifetimeSeconds == 86_400)
    }

    @Test("Addresses of uploads and downloads are those of the reference")
    func addresses() {
        let hash: [UInt8] = [0xA7, 0x73, 0x1E, 0xB6, 0x75, 0x5D, 0x77, 0xB7, 0x85, 0xC8, 0xEA, 0x52, 0x30, 0xE4, 0xD2, 0xBA,
            0x0D, 0x61, 0x22, 0x4E, 0xE1, 0x94, 0xBA, 0xBB, 0x7C, 0xE3, 0x32, 0x05, 0x9B, 0xEA, 0x03, 0x8C]
        // media.json: the token of the encrypted fox.
        let token = "p3MetnVdd7eFyOpSMOTSug1hIk7hlLq7fOMyBZvqA4w"
        let upload = "https://h:1/mms/image/\(token)=?auth=a%20b&token=\(token)%3D"
        func address(_ step: MediaAddress.UploadStep) -> String {
            MediaAddress.upload(host: "h:1", kind: .sticker, fileEncSHA256: hash, auth: "a b", step: step)
        }
        #expect(address(.whole) == upload && address(.from(0)) == upload)
        #expect(address(.ask) == upload + "&resume=1" && address(.from(9)) == upload + "&file_offset=9")
        var reference = ContentSamples.reference
        reference.fileEncSHA256 = hash
        reference.directPath = "/v/a?b=1"
        #expect(
            MediaAddress.download(host: "h", reference, kind: .voice)
                == "https://h/v/a?b=1&hash=\(token)%3D&mms-type=audio&__wa-mms=")
        reference.directPath = "/v/a"
        #expect(MediaAddress.download(host: "h", reference, kind: .gif).hasPrefix("https://h/v/a?hash="))
    }

    @Test("Every answer of a host is understood as something")
    func replies() {
        func reply(_ status: Int, _ body: String = "") -> UploadReply { UploadReply(status: status, body: Array(body.utf8)) }
        #expect(reply(200, #"{"direct_path":"/v/a","url":"u","handle":1}"#) == .stored(directPath: "/v/a", url: "u"))
        #expect(reply(200, #"{"resume":"complete","direct_path":"/v/a"}"#) == .stored(directPath: "/v/a", url: nil))
        #expect(reply(200, #"{"resume":"12"}"#) == .partly(offset: 12))
        for body in ["", "{}", "[]", #"{"direct_path":"x"}"#, #"{"resume":"-1"}"#, #"{"resume":"complete"}"#] {
            #expect(reply(200, body) == .tryAgain)
        }
        #expect(reply(401) == .unauthorised && reply(403) == .unauthorised)
        #expect(reply(500) == .tryAgain && reply(429) == .tryAgain && reply(408) == .tryAgain)
        #expect(reply(302) == .refused(status: 302) && reply(413) == .refused(status: 413))
    }

    @Test("A reference is stored as JSON and comes back, and fields that are added later do not matter")
    func storedReference() throws {
        var reference = ContentSamples.reference
        reference.sidecar = [1, 2]
        let json = try JSONEncoder().encode(reference)
        #expect(try JSONDecoder().decode(MediaReference.self, from: json) == reference)
        let text = String(decoding: json, as: UTF8.self)
        #expect(text.contains(#""mediaKey":"AQEB"#))
        let later = Data(text.replacing(#"{"#, with: #"{"new":1,"#, maxReplacements: 1).utf8)
        #expect(try JSONDecoder().decode(MediaReference.self, from: later) == reference)
    }
}
