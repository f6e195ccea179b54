import Foundation
import Testing

/// The ways in which a file comes to the API.
enum MediaForm: String, Sendable, CaseIterable { case url, base64, multipart }

extension JSONCaller {
    /// `{"messageId": …, "timestamp": …}`
    private struct Sent: Decodable { let messageId: String }

    private struct Body: Encodable {
        let chatId: String
        var url: String?
        var base64: String?
        var mimetype: String?
        var filename: String?
        var caption: String?
        var ptt: Bool?
        var text: String?
    }

    /// Sends a file to a chat; returns the bare message id once WhatsApp has acknowledged it.
    func send(_ file: SampleFile, as form: MediaForm, to chat: String) async throws -> String {
        var body = Body(
            chatId: chat, filename: file.filename, caption: file.caption, ptt: file.isVoice ? true : nil)
        switch form {
        case .url:
            // What the server says of it is enough.
            body.url = "https://example.com" + file.path
        case .base64:
            body.base64 = Data(file.bytes).base64EncodedString()
            body.mimetype = file.mimetype
        case .multipart:
            let (bytes, type) = Self.form(file, to: chat)
            return try id(of: await post(World.path(file.route), bytes: bytes, contentType: type))
        }
        return try id(of: await post(World.path(file.route), body))
    }

    func sendText(_ text: String, to chat: String) async throws -> String {
        try id(of: await post(World.path("send-text"), Body(chatId: chat, text: text)))
    }

    private func id(of answer: Answer) throws -> String {
        try #require(answer.status == 201 && answer.headers["x-openwa-ack"] == "server", "\(answer.text)")
        return String(try answer.decoded(as: Sent.self).messageId.split(separator: "_").last ?? "")
    }

    private static func form(_ file: SampleFile, to chat: String) -> (bytes: [UInt8], type: String) {
        let boundary = "the-boundary-between-parts"
        var fields = ["chatId": chat]
        fields["caption"] = file.caption
        fields["filename"] = file.filename
        if file.isVoice { fields["ptt"] = "true" }
        var bytes: [UInt8] = []
        for (name, value) in fields {
            bytes += "--\(boundary)\r\nContent-Disposition: form-data; name=\"\(name)\"\r\n\r\n\(value)\r\n".utf8
        }
        bytes += "--\(boundary)\r\nContent-Disposition: form-data; name=\"file\"; filename=\"sample\"\r\n".utf8
        bytes += "Content-Type: \(file.mimetype)\r\n\r\n".utf8
        bytes += file.bytes
        bytes += "\r\n--\(boundary)--\r\n".utf8
        return (bytes, "multipart/form-data; boundary=\(boundary)")
    }
}
