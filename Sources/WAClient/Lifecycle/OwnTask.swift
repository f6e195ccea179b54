/// Does work in a task of its own and waits for it.
///
/// The memory that a task's calls once needed stays with the task while it lives. Tasks of a session live as long as its
/// connection, so what they do once at the beginning, or now and then, is done in another that ends.
func inOwnTask<Result: Sendable>(_ work: @escaping @Sendable () async throws -> Result) async throws -> Result {
    try await withThrowingTaskGroup(of: Result.self) { group in
        group.addTask { try await work() }
        guard let result = try await group.next() else { preconditionFailure("a group with a task has a result") }
        return result
    }
}
