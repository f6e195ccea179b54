import Foundation
import Hummingbird
import WABinary
import WASimulator

/// What is said of an account, whom it blocks and trusts, and what its companions asked its phone for.
struct ProfileRoutes {
    let host: SimulatorHost

    func add(to router: Router<BasicRequestContext>) {
        router.get("phones/:number/profile") { _, context in try await show(try context.number()) }
        router.patch("phones/:number/profile") { request, context in
            let number = try context.number()
            let wanted = try await request.decode(as: ProfileChanges.self, context: context)
            try await host.drive { server, _ in
                try server.changeProfile(
                    of: number, about: wanted.about, privacy: wanted.privacy ?? [:],
                    disappearingSeconds: wanted.disappearingSeconds)
                if let name = wanted.name { try server.changeAppState([.pushName(name)], of: number) }
            }
            return try await show(number)
        }
        router.put("phones/:number/picture") { request, context in
            let number = try context.number()
            let bytes = try await request.decode(PictureRequest.self, upTo: Self.pictureByteLimit).bytes()
            try await host.drive { server, _ in try server.setPicture(bytes, of: number) }
            return try await show(number)
        }
        router.delete("phones/:number/picture") { _, context in
            let number = try context.number()
            try await host.drive { server, _ in try server.setPicture(nil, of: number) }
            return try await show(number)
        }
        router.put("groups/:group/picture") { request, context in
            let id = GroupAddress.id(of: try context.parameters.require("group"))
            let bytes = try await request.decode(PictureRequest.self, upTo: Self.pictureByteLimit).bytes()
            try await host.drive { server, _ in try server.setPicture(bytes, ofGroup: id) }
            return Response(status: .noContent)
        }
        router.delete("groups/:group/picture") { _, context in
            let id = GroupAddress.id(of: try context.parameters.require("group"))
            try await host.drive { server, _ in try server.setPicture(nil, ofGroup: id) }
            return Response(status: .noContent)
        }
        for (word, isBlocked) in [("block", true), ("unblock", false)] {
            router.post("phones/:number/\(word)") { request, context in
                let number = try context.number()
                let other = PhoneNumber.digits(
                    of: try await request.decode(as: NumberRequest.self, context: context).number)
                try await host.drive { server, _ in try server.setBlocked(isBlocked, other, of: number) }
                return try await show(number)
            }
        }
        router.post("phones/:number/contacts-changed") { request, context in
            let number = try context.number()
            let change = try await request.decode(as: ContactsChangeRequest.self, context: context).chosen()
            try await host.drive { server, _ in try server.announceContacts(change, of: number) }
            return Response(status: .noContent)
        }
        addTokens(to: router)
        addRequests(to: router)
    }

    private static let pictureByteLimit = 2_097_152

    private func show(_ number: String) async throws -> ProfileModel {
        try await host.drive { server, _ in ProfileModel(try server.profile(of: number)) }
    }

    // MARK: - Tokens

    private func addTokens(to router: Router<BasicRequestContext>) {
        router.post("phones/:number/tokens") { request, context in
            let number = try context.number()
            let wanted = try await request.decode(as: TokenRequest.self, context: context)
            return try await host.drive { server, _ in
                try server.giveToken(
                    of: number, to: PhoneNumber.digits(of: wanted.to), atSeconds: wanted.timestampSeconds)
                return TokensModel(try server.tokens(of: number))
            }
        }
        router.get("phones/:number/tokens") { _, context in
            let number = try context.number()
            return try await host.drive { server, _ in TokensModel(try server.tokens(of: number)) }
        }
        router.put("phones/:number/token-policy") { request, context in
            let number = try context.number()
            let wanted = try await request.decode(as: TokenPolicy.self, context: context)
            try await host.drive { server, _ in
                try server.setTokensRequired(wanted.required, issuesByItself: wanted.issues, of: number)
            }
            return try await show(number)
        }
        router.post("phones/:number/lid-migration") { request, context in
            let number = try context.number()
            let wanted = try await request.decode(as: LIDMigrationRequest.self, context: context)
            let form = try wanted.form()
            try await host.drive { server, _ in
                try server.sendLIDMapping(of: number, to: wanted.device, as: form)
            }
            return Response(status: .noContent)
        }
    }

    // MARK: - What companions asked for

    private func addRequests(to router: Router<BasicRequestContext>) {
        router.get("phones/:number/requests") { request, context in
            let number = try context.number()
            let after = try request.integer("after", in: 0...Int(Int32.max), default: 0)
            _ = await host.firstValue(within: try request.wait()) { server -> Bool? in
                ((try? server.companionRequests(of: number).count) ?? 0) > after ? true : nil
            }
            return try await host.drive { server, _ in
                CompanionRequestList(
                    requests: try server.companionRequests(of: number).dropFirst(after).map {
                        CompanionRequestModel($0)
                    })
            }
        }
        router.put("phones/:number/media-retry") { request, context in
            let number = try context.number()
            let word = try await request.decode(as: MediaAnswerRequest.self, context: context).result
            guard let answer = MediaRetryAnswer(rawValue: word) else {
                let words = MediaRetryAnswer.allCases.map(\.rawValue).joined(separator: ", ")
                throw ControlError.badRequest("result must be one of \(words).")
            }
            try await host.drive { server, _ in try server.setMediaAnswer(answer, of: number) }
            return try await mediaRetries(number)
        }
        router.get("phones/:number/media-retry") { _, context in try await mediaRetries(try context.number()) }
    }

    private func mediaRetries(_ number: String) async throws -> MediaRetriesModel {
        try await host.drive { server, _ in
            MediaRetriesModel(
                result: try server.mediaAnswer(of: number).rawValue,
                retries: try server.companionRequests(of: number)
                    .filter { $0.kind == .mediaReupload || $0.kind == .historyReupload }.map { .init($0) })
        }
    }
}
