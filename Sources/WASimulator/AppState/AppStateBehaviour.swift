/// How an account's app state behaves where a real one could behave one way or another.
package struct AppStateBehaviour: Sendable, Equatable {
    package enum Snapshots: String, Sendable, CaseIterable {
        /// To whoever starts from nothing, when there are more than 100 patches or the first ones are gone.
        case whenLarge
        /// To whoever starts from nothing and asks for one.
        case always
    }

    package enum BadSnapshot: String, Sendable, CaseIterable {
        /// Its MAC is another.
        case mac
        /// Its file cannot be downloaded.
        case gone
        /// Its file has another last byte.
        case spoiled
    }

    package var snapshots = Snapshots.whenLarge
    /// Most patches in one answer.
    package var pageLimit = 100
    /// So many of the next patches of clients find that somebody else was first.
    package var conflictCount = 0
    package var sharesKeys = true
    package var recovers = true
    package var badSnapshots: BadSnapshot?

    package init() {}
}
