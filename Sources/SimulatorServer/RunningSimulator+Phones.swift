package import WASimulator

/// Short forms of what tests and commands do most with a running simulator; everything else goes through `host.drive`.
extension RunningSimulator {
    /// Made-up numbers that count up from here.
    private static let firstNumber: UInt64 = 628_550_100_000

    /// Adds so many phones and returns their numbers.
    package func addPhones(count: Int) async throws -> [String] {
        let numbers = (0..<UInt64(max(0, count))).map { String(Self.firstNumber + $0) }
        try await host.drive { server, _ in
            for number in numbers { try server.addPhone(number) }
        }
        return numbers
    }

    /// Makes a group of phones, the first of them its founder, and returns its id.
    ///
    /// - Parameter id: 16 to 20 digits, such as 120363021234567890; nil for the next free one.
    @discardableResult
    package func addGroup(
        _ subject: String, members: [String], id: String? = nil, addressing: Addressing = .lid
    ) async throws -> String {
        try await host.drive { server, _ in
            try server.addGroup(subject, members: members, id: id, addressing: addressing)
        }
    }

    /// The inbox of a phone as soon as it holds this many messages; what is there when the time is up.
    package func inbox(
        of number: String, count: Int = 1, within limit: Duration = .seconds(20)
    ) async throws -> [InboxMessage] {
        let address = DeviceAddress(number)
        let reached = await host.firstValue(within: limit) { server in
            (try? server.inbox(of: address)).flatMap { $0.count >= count ? $0 : nil }
        }
        if let reached { return reached }
        return try await host.drive { server, _ in try server.inbox(of: address) }
    }

    package func violations() async -> [Violation] {
        await host.drive { server, _ in server.violations }
    }
}
