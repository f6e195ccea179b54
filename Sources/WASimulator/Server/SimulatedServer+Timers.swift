import WABinary

/// What happens by itself as time passes.
extension SimulatedServer {
    func fire(_ timer: SimulatorTimer) {
        switch timer {
        case .registrationExpires(let id):
            guard let connection = connections[id], case .registering = connection.stage else { return }
            perform(.close(id))
            forget(id)
        case .cut(let id):
            if let connection = connections[id] { cut(connection) }
        case .release(let id):
            if let connection = connections[id] { releaseHeld(on: connection) }
        case .sweep:
            isSweepArmed = false
            sweep()
        case .history(let address):
            sendNextHistory(to: address)
        case .answer(let address, let chat, let text):
            // A phone that was switched off meanwhile, or is gone, does not answer.
            guard let chat = JID(chat) else { return }
            let name = chat.isGroup ? chat.user : account(at: chat)?.number
            guard let name else { return }
            _ = try? say(text, from: address, to: name, addressing: addressing(of: chat))
        }
    }

    /// Makes sure that somebody looks after late acknowledgements.
    func armSweep() {
        guard !isSweepArmed else { return }
        isSweepArmed = true
        timers.add(.sweep, atMilliseconds: nowMilliseconds + max(configuration.acknowledgementMilliseconds / 4, 1))
    }

    /// Reports what a client was sent and has not acknowledged in time.
    private func sweep() {
        let latest = nowMilliseconds - configuration.acknowledgementMilliseconds
        var isAnythingWaiting = false
        for id in connections.keys.sorted() {
            guard let connection = connections[id] else { continue }
            for (requestID, request) in connection.openRequests.sorted(by: { $0.key < $1.key }) {
                isAnythingWaiting = true
                guard request.sentMilliseconds <= latest else { continue }
                connection.openRequests[requestID] = nil
                report(.missingResult, "\(name(of: connection)) did not answer \(request.kind) \(requestID)")
            }
            guard let device = connection.device else { continue }
            for var entry in device.queue.waiting {
                guard let sent = entry.sentMilliseconds, !entry.wasReported, !entry.isUndecodable else { continue }
                isAnythingWaiting = true
                guard sent <= latest else { continue }
                entry.wasReported = true
                device.queue[entry.sequence] = entry
                report(
                    .missingAcknowledgement,
                    "\(name(of: connection)) did not acknowledge \(entry.node.tag) \(entry.node["id"] ?? "")")
            }
        }
        if isAnythingWaiting { armSweep() }
    }
}
