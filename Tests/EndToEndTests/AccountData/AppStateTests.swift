import SimulatorServer
import Storage
import Testing
import WABinary
import WAClient
import WAProtocol
import WASimulator

/// What the devices of an account share, between our client and its phone.
@Suite("App state, end to end")
struct AppStateTests {
    private let chat = AccountScene.chat

    @Test("What the owner does on the phone is told once the client has followed it")
    func fromThePhone() async throws {
        try await withAccount(seed: 0x4161) { scene in
            try await scene.drive { server in
                try server.changeAppState(
                    [
                        .archive(chat, true), .mute(chat, true, untilMilliseconds: -1),
                        .star(chat, .init(id: "ABCDEF", isFromMe: false, participant: nil), true),
                        .contact(chat, lid: JID(server.lid(of: AccountScene.peer), .lid), fullName: "Citra Halim", firstName: nil),
                        .label(id: "3", name: "New", color: 1, isDeleted: false),
                    ], of: AccountScene.ownNumber)
            }
            let archived = try await scene.ledger.first { event in
                if case .chatChanged(let change) = event, change.chat == chat, change.change == .archived(true) { true } else { nil }
            }
            let muted = try await scene.ledger.first { event in
                if case .chatChanged(let change) = event, change.change == .muted(untilMilliseconds: -1) { true } else { nil }
            }
            let starred = try await scene.ledger.first { event in
                if case .messageChanged(let change) = event, change.messageID == "ABCDEF" { change.change == .starred(true) } else { nil }
            }
            let saved = try await scene.ledger.first { event -> Bool? in
                guard case .contactChanged(let change) = event, case .saved(let name, _) = change.change else { return nil }
                return name == "Citra Halim" && change.person == chat ? true : nil
            }
            let labelled = try await scene.ledger.first { event in
                if case .labelChanged(let change) = event { change.labelID == "3" } else { nil }
            }
            #expect([archived, muted, starred, saved, labelled] == [true, true, true, true, true])
        }
    }

    @Test("What the client does shows on the phone, also when somebody else is first")
    func toThePhone() async throws {
        try await withAccount(seed: 0x4162) { scene in
            try await scene.waitForKeys()
            let last = LastMessage(
                key: MessageKey(chat: chat, id: "3EB0LAST", isFromMe: true), timestampSeconds: 1_760_000_000)
            try await scene.client.setPinned(true, chat: chat)
            #expect(await scene.phone { $0.chats.first?.isPinned == true })
            try await scene.drive { server in
                var behaviour = AppStateBehaviour()
                behaviour.conflictCount = 1
                try server.setAppStateBehaviour(behaviour, of: AccountScene.ownNumber)
            }
            try await scene.client.setArchived(true, chat: chat, last: last)
            #expect(await scene.phone { $0.chats.first?.isArchived == true && $0.chats.first?.isPinned == false })
            let left = try await scene.drive { try $0.appStateBehaviour(of: AccountScene.ownNumber).conflictCount }
            #expect(left == 0, "somebody was first")
            try await scene.client.setMuted(untilMilliseconds: -1, chat: chat)
            try await scene.client.markChatRead(false, chat: chat, last: last)
            try await scene.client.setStarred(true, key: last.key)
            try await scene.client.saveContact(chat, fullName: "Citra Halim", firstName: "Citra")
            #expect(
                await scene.phone { shown in
                    shown.chats.first?.mutedUntilMilliseconds == -1 && shown.chats.first?.isMarkedRead == false
                        && shown.starred.map(\.id) == ["3EB0LAST"] && shown.contacts.map(\.fullName) == ["Citra Halim"]
                })
            try await scene.client.clearChat(chat, last: last)
            try await scene.client.deleteChat(chat, last: last)
            try await scene.client.removeContact(chat)
            #expect(
                await scene.phone { shown in
                    shown.contacts.isEmpty && shown.chats.first?.isCleared == true && shown.chats.first?.isDeleted == true
                })
        }
    }

    @Test(
        "A patch that cannot be right costs nothing but a new start from the phone's snapshot",
        arguments: [AppStateSpoil.patchMAC, .snapshotMAC, .valueMAC, .lostRemove])
    func recovered(_ spoil: AppStateSpoil) async throws {
        try await withAccount(seed: 0x4163) { scene in
            try await scene.waitForKeys()
            try await scene.drive { server in
                try server.changeAppState([.pin(chat, true)], of: AccountScene.ownNumber)
                try server.changeAppState([.archive(chat, true)], of: AccountScene.ownNumber, spoil: spoil)
                try server.changeAppState([.read(chat, false)], of: AccountScene.ownNumber)
            }
            let followed = try await scene.ledger.first { event in
                if case .chatChanged(let change) = event, change.change == .archived(true) { true } else { nil }
            }
            let last = try await scene.ledger.first { event in
                if case .chatChanged(let change) = event, change.change == .markedRead(false) { true } else { nil }
            }
            #expect(followed == true && last == true)
            // Writing on top of it shows that versions and hashes are right.
            try await scene.client.setPinned(false, chat: chat)
            #expect(await scene.phone { $0.chats.first?.isPinned == false })
        }
    }

    @Test("Where the snapshot is wrong too, the collection is asked of the phone")
    func fatalRecovery() async throws {
        try await withAccount(seed: 0x4164) { scene in
            try await scene.waitForKeys()
            try await scene.drive { server in
                var behaviour = AppStateBehaviour()
                behaviour.badSnapshots = .mac
                try server.setAppStateBehaviour(behaviour, of: AccountScene.ownNumber)
                try server.changeAppState([.archive(chat, true)], of: AccountScene.ownNumber, spoil: .patchMAC)
            }
            let followed = try await scene.ledger.first { event in
                if case .chatChanged(let change) = event, change.change == .archived(true) { true } else { nil }
            }
            #expect(followed == true)
            let asked = try await scene.drive { try $0.companionRequests(of: AccountScene.ownNumber).map(\.kind) }
            #expect(asked.contains(.appStateRecovery))
            try await scene.client.setArchived(false, chat: chat, last: nil)
            #expect(await scene.phone { $0.chats.first?.isArchived == false })
        }
    }

    @Test("A key that was not shared is asked for, and used from then on")
    func newKey() async throws {
        try await withAccount(seed: 0x4165) { scene in
            try await scene.waitForKeys()
            try await scene.drive { server in
                try server.rotateAppStateKey(of: AccountScene.ownNumber, isShared: false)
                try server.changeAppState([.archive(chat, true)], of: AccountScene.ownNumber)
            }
            let followed = try await scene.ledger.first { event in
                if case .chatChanged(let change) = event, change.change == .archived(true) { true } else { nil }
            }
            #expect(followed == true)
            let asked = try await scene.drive { try $0.companionRequests(of: AccountScene.ownNumber).map(\.kind) }
            #expect(asked.contains(.appStateKeys))
        }
    }
}

extension AccountScene {
    /// Until the client has the phone's keys: they come before its name.
    func waitForKeys() async throws {
        try await eventually("The phone's key for the app state") { _ in
            try await database.read { try $0.query("SELECT 1 FROM client_app_state_key").isEmpty } ? nil : ()
        }
    }
}
