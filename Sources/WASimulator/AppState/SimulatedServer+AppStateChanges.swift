import FoundationEssentials
import WABinary
import WAProto

/// App state as the account's owner changes and sees it.
extension SimulatedServer {
    /// The owner changes something on the phone or another companion; all companions hear of it.
    package func changeAppState(
        _ changes: [AppStateChange], of number: String, spoil: AppStateSpoil? = nil
    ) throws(SimulatorError) {
        let account = try account(number)
        prepareAppState(of: account)
        var byCollection: [String: [AppStateVault.Change]] = [:]
        for change in changes {
            let written = try change.written(atMilliseconds: nowMilliseconds) { lastRange(of: $0, on: account) }
            byCollection[change.collection, default: []].append(written)
        }
        for (name, changes) in byCollection.sorted(by: { $0.key < $1.key }) {
            let before = account.appState[name].version
            write(changes, in: name, of: account, spoil: spoil)
            if account.appState[name].version != before { announceAppState(name, of: account, except: nil) }
        }
    }

    package func appStateBehaviour(of number: String) throws(SimulatorError) -> AppStateBehaviour {
        try account(number).appStateBehaviour
    }

    package func setAppStateBehaviour(_ behaviour: AppStateBehaviour, of number: String) throws(SimulatorError) {
        try account(number).appStateBehaviour = behaviour
    }

    /// From now on the phone writes with a newer key.
    ///
    /// - Parameter isShared: whether companions are given it at once, or have to ask.
    package func rotateAppStateKey(of number: String, isShared: Bool = true) throws(SimulatorError) {
        let account = try account(number)
        account.appStateKeyTimes.append(nowMilliseconds)
        guard isShared else { return }
        for companion in account.sortedDevices where companion.address.device != 0 && companion.wasGreeted {
            sayAsPhone(keyShare(of: account), to: companion, of: account)
        }
    }

    /// What the account's devices show.
    package func appState(of number: String) throws(SimulatorError) -> AppStateShown {
        let account = try account(number)
        var shown = AppStateShown()
        shown.collections = AppStateVault.names.map { name in
            let collection = account.appState[name]
            return .init(
                name: name, version: collection.version, patchCount: collection.patches.count,
                recordCount: collection.records.count, snapshotCount: account.appStateSnapshotCounts[name] ?? 0)
        }
        let keys = account.appStateKeys
        shown.keyIDs = keys.map(\.id)
        let people = history(of: account).map { history in
            Dictionary(
                (0..<history.personCount).map { index in
                    let number = history.number(ofPerson: index)
                    return (history.lid(number), number)
                }, uniquingKeysWith: { first, _ in first })
        }
        let contents = account.appState.contents(with: keys)
            .sorted {
                ($0.mutation.value.timestamp, $0.mutation.indexText) < (
                    $1.mutation.value.timestamp, $1.mutation.indexText
                )
            }
        for (collection, mutation) in contents {
            shown.show(mutation, in: collection) { jid in
                self.account(at: jid)?.number ?? (jid.server == .user ? jid.user : people?[jid.user])
            }
        }
        return shown
    }

    // MARK: - What was there before

    /// What a phone has written down of itself before its first companion comes: name and language, and its past.
    func prepareAppState(of account: Account) {
        if account.appState["critical_block"].version == 0 {
            var name = WASyncActionValue()
            name.timestamp = nowMilliseconds
            name.pushNameSetting.name = account.name
            var locale = WASyncActionValue()
            locale.timestamp = nowMilliseconds
            locale.localeSetting.locale = "en_US"
            write(
                [
                    .init(index: ["setting_pushName"], version: 1, value: name),
                    .init(index: ["setting_locale"], version: 3, value: locale),
                ], in: "critical_block", of: account)
        }
        guard let history = history(of: account), account.writtenHistory != history.tag else { return }
        account.writtenHistory = history.tag
        writeDown(history, of: account)
    }

    /// Contacts, archived, pinned and muted chats and stars of a past, as far as they stand in app state.
    private func writeDown(_ history: History, of account: Account) {
        var changes: [AppStateChange] = (0..<history.personCount).map { index in
            let number = history.number(ofPerson: index)
            return .contact(
                history.jid(of: number, .phoneNumber), lid: history.jid(of: number, .lid),
                fullName: history.name(ofPerson: index), firstName: history.pushName(ofPerson: index))
        }
        var stars = 0
        var chats: [JID: HistoryChat] = [:]
        for index in 0..<history.plan.chatCount {
            let chat = history.chat(index)
            chats[chat.jid] = chat
            if chat.isArchived { changes.append(.archive(chat.jid, true)) }
            if chat.pinnedSeconds != nil { changes.append(.pin(chat.jid, true)) }
            if let until = chat.mutedUntilSeconds {
                changes.append(.mute(chat.jid, true, untilMilliseconds: until * 1_000))
            }
            if chat.isMarkedUnread { changes.append(.read(chat.jid, false)) }
            for place in 0..<chat.messageCount where stars < Self.starLimit {
                guard history.facts(of: place, in: chat).isStarred else { continue }
                let key = history.key(of: history.message(place, of: chat), in: chat)
                let message = AppStateChange.Message(
                    id: key.id, isFromMe: key.fromMe, participant: key.hasParticipant ? JID(key.participant) : nil)
                changes.append(.star(chat.jid, message, true))
                stars += 1
            }
        }
        let byCollection = Dictionary(grouping: changes, by: \.collection)
        for (name, changes) in byCollection.sorted(by: { $0.key < $1.key }) {
            let written = changes.compactMap { change in
                try? change.written(atMilliseconds: nowMilliseconds) { jid in
                    chats[jid].flatMap { history.last(of: $0) }.map { range(of: $0) }
                }
            }
            write(written, in: name, of: account)
        }
    }

    /// Most stars of a past that stand in app state too.
    private static let starLimit = 300

    /// The newest message of a chat on the phone, as actions name it.
    private func lastRange(of chat: JID, on account: Account) -> WASyncActionMessageRange? {
        if let live = account.phone?.endpoint?.liveMessages(in: chat, on: self).last { return range(of: live) }
        guard let history = history(of: account) else { return nil }
        return history.chat(at: chat).flatMap { history.last(of: $0) }.map { range(of: $0) }
    }

    private func range(of last: WAWebMessageInfo) -> WASyncActionMessageRange {
        var message = WASyncActionMessage()
        message.key = last.key
        message.timestamp = Int64(clamping: last.messageTimestamp)
        var range = WASyncActionMessageRange()
        range.lastMessageTimestamp = message.timestamp
        range.messages = [message]
        return range
    }
}

extension History {
    /// Key and time of the newest message of a chat.
    fileprivate func last(of chat: HistoryChat) -> WAWebMessageInfo? {
        guard chat.messageCount > 0 else { return nil }
        let message = message(chat.messageCount - 1, of: chat)
        var info = WAWebMessageInfo()
        info.key = key(of: message, in: chat)
        info.messageTimestamp = UInt64(clamping: message.timestampSeconds)
        return info
    }
}
