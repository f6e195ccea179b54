package import Foundation

/// Where the sources of this package are, for tests that read vectors or look at the code itself.
package enum RepositoryRoot {
    /// The folder that holds Package.swift.
    package static let url = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
}
