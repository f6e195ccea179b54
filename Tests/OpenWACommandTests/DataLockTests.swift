import TestSupport
import Testing

@testable import OpenWACommand

@Suite("The lock on the data")
struct DataLockTests {
    @Test("A second gateway on the same data is refused until the first has ended")
    func excludes() async throws {
        try await withTemporaryDirectory { directory in
            let file = directory + "/openwa.sqlite.lock"
            let lock = try DataLock(file: file)
            #expect(throws: ServeError.dataInUse(file)) { try DataLock(file: file) }
            lock.release()
            try DataLock(file: file).release()
        }
    }
}
