import Storage

extension MediaShelf {
    private static let window = 500

    /// Lets go what was kept long enough, and removes files that no message refers to: those of messages that were deleted,
    /// taken back, or left by a crash.
    func tidy(nowMilliseconds now: Int64) async throws {
        if limits.retentionDays > 0 {
            try await retire(storedBefore: now - Int64(limits.retentionDays) * 86_400_000)
        }
        if limits.totalByteCount > 0 { try await retireOldest(beyond: limits.totalByteCount) }
        try await files.sweep { from, below in
            try await self.database.read { try InboundMediaStore.storedFiles(from: from, below: below, on: $0) }
        }
    }

    private func retire(storedBefore milliseconds: Int64) async throws {
        while try await database.write({ connection in
            try InboundMediaStore.retire(storedBefore: milliseconds, limit: Self.window, on: connection) == Self.window
        }) {}
    }

    /// The files that were brought last stay.
    private func retireOldest(beyond limit: Int) async throws {
        var excess = try await database.read { try InboundMediaStore.storedByteCount(on: $0) } - limit
        while excess > 0 {
            let oldest = try await database.read { try InboundMediaStore.oldestFiles(limit: Self.window, on: $0) }
            guard !oldest.isEmpty else { return }
            var retired: [String] = []
            for file in oldest where excess > 0 {
                retired.append(file.sha256)
                excess -= file.byteCount
            }
            try await database.write { [retired] connection in
                for sha256 in retired { try InboundMediaStore.retire(sha256, on: connection) }
            }
        }
    }
}
