/// What one client device has done and been told in groups, so that what it does later can be judged.
struct GroupLedger {
    private struct SenderKey {
        let id: UInt32
        /// Devices it was given to: those with a ciphertext of their own beside a message under this key, or in the
        /// answer to a retry receipt.
        var holders: Set<DeviceAddress> = []
    }

    /// By group, latest last.
    private var keys: [String: [SenderKey]] = [:]
    /// By group and account: since when the device knows that somebody is no longer in it.
    private var departures: [String: [String: Int64]] = [:]
    /// By group: a participant hash that an ack has corrected, and when.
    private var corrections: [String: (hash: String, milliseconds: Int64)] = [:]

    private static let rememberedKeyCount = 5

    /// A message under a sender key, with ciphertexts for these devices beside it.
    mutating func used(key id: UInt32, group: String, givenTo devices: some Sequence<DeviceAddress>) {
        var known = keys[group] ?? []
        var key = known.firstIndex { $0.id == id }.map { known.remove(at: $0) } ?? SenderKey(id: id)
        key.holders.formUnion(devices)
        known.append(key)
        keys[group] = known.suffix(Self.rememberedKeyCount)
    }

    /// The answer to a retry receipt carries the present key.
    mutating func answered(_ device: DeviceAddress, group: String) {
        guard let last = keys[group]?.indices.last else { return }
        keys[group]?[last].holders.insert(device)
    }

    func holders(of id: UInt32, group: String) -> Set<DeviceAddress> {
        keys[group]?.first { $0.id == id }?.holders ?? []
    }

    // MARK: - What it was told

    mutating func learned(departureOf number: String, group: String, atMilliseconds now: Int64) {
        guard departures[group]?[number] == nil else { return }
        departures[group, default: [:]][number] = now
    }

    /// The person is a member again.
    mutating func learned(arrivalOf number: String, group: String) {
        departures[group]?[number] = nil
    }

    func departure(of number: String, group: String) -> Int64? { departures[group]?[number] }

    /// The server answered a message with its own hash. Returns when it first did so for this hash.
    mutating func corrected(_ hash: String, group: String, atMilliseconds now: Int64) -> Int64 {
        if let known = corrections[group], known.hash == hash { return known.milliseconds }
        corrections[group] = (hash, now)
        return now
    }
}
