/// Which devices of whom one device was told of, and since when: its messages must reach all of them.
struct DeviceListLedger {
    private var lists: [String: [UInt16: Int64]] = [:]

    /// The first list of an account holds at once; what a later one adds holds after the grace, for messages that are
    /// on their way.
    mutating func told(of devices: [UInt16], account: String, atMilliseconds now: Int64) {
        guard let known = lists[account] else {
            lists[account] = Dictionary(uniqueKeysWithValues: devices.map { ($0, .min) })
            return
        }
        lists[account] = Dictionary(uniqueKeysWithValues: devices.map { ($0, known[$0] ?? now) })
    }

    /// One more device of an account whose list is known; without a list the device will ask anyway.
    mutating func learned(of device: UInt16, account: String, atMilliseconds now: Int64) {
        guard let known = lists[account], known[device] == nil else { return }
        lists[account]?[device] = now
    }

    mutating func forget(_ device: UInt16?, account: String) {
        if let device { lists[account]?[device] = nil }
    }

    /// The device cannot be encrypted to: its keys were not to be had.
    mutating func excuse(_ device: DeviceAddress) {
        lists[device.number]?[device.device] = nil
    }

    func expected(of account: String, atMilliseconds now: Int64, graceMilliseconds: Int64) -> Set<UInt16> {
        guard let known = lists[account] else { return [] }
        return Set(known.filter { $0.value == .min || $0.value + graceMilliseconds <= now }.keys)
    }
}
