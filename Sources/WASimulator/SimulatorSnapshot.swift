/// A picture of the simulator for people: who is there, and what waits for whom. No content, no keys.
package struct SimulatorSnapshot: Sendable, Equatable {
    package struct Phone: Sendable, Equatable {
        package let number: String
        package let lid: String
        package let name: String
        package let isPoweredOn: Bool
        package let inboxCount: Int
        package let devices: [Companion]
    }

    package struct Companion: Sendable, Equatable {
        package let address: DeviceAddress
        package let name: String
        package let keyIndex: UInt32
        /// Lives in the simulator; else it connects from outside.
        package let isSimulated: Bool
        package let isConnected: Bool
        /// Has asked for its queue.
        package let isActive: Bool
        /// Has said that somebody is there.
        package let isAvailable: Bool
        /// Stanzas it has not acknowledged.
        package let waitingCount: Int
        /// One-time prekeys the server can still give out.
        package let preKeyCount: Int?
    }

    package let phones: [Phone]
    package let counters: SimulatorCounters
    package let violationCount: Int
    package let faultCount: Int
}

extension SimulatedServer {
    package func snapshot() -> SimulatorSnapshot {
        SimulatorSnapshot(
            phones: accounts.keys.sorted().compactMap { accounts[$0] }.map(picture),
            counters: counters, violationCount: violations.count, faultCount: faultCount)
    }

    package func phone(_ number: String) throws(SimulatorError) -> SimulatorSnapshot.Phone {
        picture(try account(number))
    }

    private func picture(_ account: Account) -> SimulatorSnapshot.Phone {
        SimulatorSnapshot.Phone(
            number: account.number, lid: account.lid, name: account.name,
            isPoweredOn: account.phone?.endpoint?.isPoweredOn ?? false,
            inboxCount: account.phone?.endpoint?.inbox.count ?? 0,
            devices: account.sortedDevices.map { device in
                SimulatorSnapshot.Companion(
                    address: device.address, name: device.name, keyIndex: device.keyIndex,
                    isSimulated: device.endpoint != nil, isConnected: liveConnection(of: device) != nil,
                    isActive: device.isActive, isAvailable: device.isAvailable, waitingCount: device.queue.count,
                    preKeyCount: device.uploadedKeys?.preKeys.count)
            })
    }
}
