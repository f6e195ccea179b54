import Foundation
import Hummingbird
import WASimulator

/// What the control API says when it cannot do what was asked.
struct ControlError: Error, Encodable {
    let status: HTTPResponse.Status
    /// A word for programs.
    let error: String
    /// A sentence for people.
    let message: String

    private enum CodingKeys: CodingKey { case error, message }

    static func badRequest(_ message: String) -> ControlError {
        ControlError(status: .badRequest, error: "badRequest", message: message)
    }
}

extension ControlError {
    init(_ error: SimulatorError) {
        switch error {
        case .unknownPhone(let number):
            self.init(status: .notFound, error: "unknownPhone", message: "No phone has the number \(number).")
        case .phoneExists(let number):
            self.init(
                status: .conflict, error: "phoneExists", message: "A phone with the number \(number) exists already.")
        case .invalidNumber(let number):
            self.init(
                status: .badRequest, error: "invalidNumber",
                message: "\(number) is not a phone number: 7 to 15 digits, the first from 1 to 9.")
        case .unknownDevice(let address):
            self.init(
                status: .notFound, error: "unknownDevice",
                message: "\(address) is unknown, or no device that this can be done with.")
        case .unreadableQRCode:
            self.init(
                status: .badRequest, error: "unreadableQRCode", message: "The text is not that of a pairing QR code.")
        case .outdatedQRCode:
            self.init(
                status: .badRequest, error: "outdatedQRCode",
                message: "The QR text has four fields; phones of today read five.")
        case .tooManyDevices(let number):
            self.init(
                status: .conflict, error: "tooManyDevices", message: "\(number) has as many companions as it can have.")
        case .expiredQRCode:
            self.init(
                status: .gone, error: "expiredQRCode",
                message: "The QR code is used or outdated, or its client is gone. Scan a newer one.")
        case .foreignQRCode:
            self.init(
                status: .conflict, error: "foreignQRCode",
                message: "The QR text names other keys than the client that was given its ref.")
        case .unreadablePairingCode:
            self.init(
                status: .badRequest, error: "unreadablePairingCode",
                message: "A pairing code has eight characters: digits and letters, without 0, I, O and U.")
        case .noPairingCode(let number):
            self.init(
                status: .gone, error: "noPairingCode",
                message: "No client waits for a pairing code of \(number). Have one asked for, or asked for again.")
        case .poweredOff(let number):
            self.init(status: .conflict, error: "poweredOff", message: "The phone \(number) is switched off.")
        case .unknownRecipient(let number):
            self.init(status: .notFound, error: "unknownRecipient", message: "Nobody answers to \(number).")
        case .notConnected(let address):
            self.init(status: .conflict, error: "notConnected", message: "\(address) has no connection at the moment.")
        case .unknownGroup(let id):
            self.init(status: .notFound, error: "unknownGroup", message: "There is no group \(id).")
        case .groupExists(let id):
            self.init(status: .conflict, error: "groupExists", message: "There is a group \(id) already.")
        case .invalidGroup(let id):
            self.init(
                status: .badRequest, error: "invalidGroup", message: "\(id) is not the id of a group: 16 to 20 digits.")
        case .refusedInGroup(let code, let reason):
            self.init(
                status: .conflict, error: "refusedInGroup", message: "The server refuses it with \(code): \(reason).")
        case .unknownMessage(let id):
            self.init(
                status: .notFound, error: "unknownMessage", message: "The device holds no message with the id \(id).")
        case .noMedia(let id):
            self.init(status: .notFound, error: "noMedia", message: "The message \(id) has no file.")
        case .wrongFigure(let field):
            self.init(status: .badRequest, error: "wrongFigure", message: "\(field) cannot be that.")
        case .noHistory(let number):
            self.init(status: .conflict, error: "noHistory", message: "The phone \(number) has no past.")
        case .unknownChat(let chat):
            self.init(status: .notFound, error: "unknownChat", message: "The past has no chat \(chat).")
        case .unknownCollection(let name):
            self.init(
                status: .badRequest, error: "unknownCollection",
                message: "App state has no collection \(name), or the index is empty.")
        case .unreadableValue:
            self.init(status: .badRequest, error: "unreadableValue", message: "value is no SyncActionValue.")
        case .unusablePicture:
            self.init(status: .badRequest, error: "unusablePicture", message: "The picture is empty or too large.")
        case .noSuchOption(let id):
            self.init(
                status: .badRequest, error: "noSuchOption",
                message: "The message \(id) offers nothing to choose from, or no such option.")
        case .noSecret(let id):
            self.init(
                status: .conflict, error: "noSecret",
                message: "The message \(id) carries no secret with which something could be added to it.")
        case .unknownChannel(let id):
            self.init(status: .notFound, error: "unknownChannel", message: "There is no channel \(id).")
        case .unknownCall(let id):
            self.init(status: .notFound, error: "unknownCall", message: "The phone knows no call \(id).")
        case .callIsSettled(let id):
            self.init(status: .conflict, error: "callIsSettled", message: "The call \(id) is answered or over.")
        }
    }
}

/// Turns every error of a route into the one JSON form.
struct ControlErrorMiddleware<Context: RequestContext>: RouterMiddleware {
    func handle(
        _ request: Request, context: Context, next: @concurrent (Request, Context) async throws -> Response
    ) async throws -> Response {
        let refusal: ControlError
        do {
            return try await next(request, context)
        } catch let error as ControlError {
            refusal = error
        } catch let error as SimulatorError {
            refusal = ControlError(error)
        } catch let error as HTTPError {
            refusal = ControlError(
                status: error.status, error: error.status == .notFound ? "unknownRoute" : "badRequest",
                message: error.body ?? error.status.reasonPhrase)
        }
        return Response(
            status: refusal.status, headers: [.contentType: "application/json; charset=utf-8"],
            body: .init(byteBuffer: ByteBuffer(bytes: try JSONEncoder().encode(refusal))))
    }
}
