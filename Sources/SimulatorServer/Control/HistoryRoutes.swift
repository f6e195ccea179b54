import Foundation
import Hummingbird
import WASimulator

/// The past of a phone: give it one, look at it, see how far companions have it.
struct HistoryRoutes {
    let host: SimulatorHost

    private enum Awaited: String, CaseIterable { case complete }

    static let pageLimit = 10_000

    func add(to router: Router<BasicRequestContext>) {
        router.put("phones/:number/history") { request, context in
            let number = try context.number()
            let plan = try await request.decode(as: HistoryRequest.self, context: context).plan()
            return try await host.drive { server, _ in
                try server.setHistory(plan, of: number)
                return try HistoryModel(of: number, in: server)
            }
        }
        router.get("phones/:number/history") { request, context in
            let number = try context.number()
            let device = request.uri.queryParameters["device"].flatMap { UInt16($0) }
            if try request.choice("until", of: Awaited.self) != nil {
                _ = await host.firstValue(within: try request.wait()) { server -> Bool? in
                    let transfers = (try? server.historyTransfers(of: number)) ?? []
                    let wanted = transfers.filter { device == nil || $0.device == device }
                    return !wanted.isEmpty && wanted.allSatisfy(\.isComplete) ? true : nil
                }
            }
            return try await host.drive { server, _ in try HistoryModel(of: number, device: device, in: server) }
        }
        router.get("phones/:number/history/chats") { request, context in
            let number = try context.number()
            let range = try Self.range(request)
            return try await host.drive { server, _ in
                let chats = try server.historyChats(of: number, range).map { HistoryChatModel($0) }
                return HistoryChatPage(chats: chats, next: range.lowerBound + chats.count)
            }
        }
        router.get("phones/:number/history/chats/:index/messages") { request, context in
            let number = try context.number()
            let index = try context.parameters.require("index", as: Int.self)
            let range = try Self.range(request)
            let showsInfo = request.uri.queryParameters["info"] == "true"
            return try await host.drive { server, _ in
                guard let chat = try server.historyChats(of: number, index..<index + 1).first else {
                    throw SimulatorError.unknownChat(String(index))
                }
                let messages = try server.historyMessages(of: number, chat: index, range).map {
                    HistoryMessageModel($0.message, in: chat, info: showsInfo ? $0.info : nil)
                }
                return HistoryMessagePage(messages: messages, next: range.lowerBound + messages.count)
            }
        }
        router.get("phones/:number/history/statuses") { _, context in
            let number = try context.number()
            return try await host.drive { server, _ in
                HistoryStatusList(
                    statuses: try server.historyStatuses(of: number).map { Data($0).base64EncodedString() })
            }
        }
        router.post("phones/:number/history/send") { request, context in
            let number = try context.number()
            let wanted = try await request.decode(as: SendHistoryRequest.self, context: context)
            let kinds = try wanted.kinds()
            return try await host.drive { server, _ in
                try server.sendHistory(to: DeviceAddress(number, wanted.device), kinds: kinds)
                return try HistoryModel(of: number, device: wanted.device, in: server)
            }
        }
    }

    private static func range(_ request: Request) throws -> Range<Int> {
        let after = try request.integer("after", in: 0...Int(Int32.max), default: 0)
        return after..<after + (try request.integer("limit", in: 1...pageLimit, default: 1_000))
    }
}
