package import WABinary

/// Asks for what changed in one collection since a version, or for all of it.
///
/// ```
/// → <iq id xmlns="w:sync:app:state" type="set" to="s.whatsapp.net">
///     <sync><collection name [version] return_snapshot="true|false"/></sync></iq>
/// ← <iq …><sync><collection name version [has_more_patches="true"] [type="error"]>
///     [<snapshot>ExternalBlobReference</snapshot>] [<patches><patch>SyncdPatch</patch>…</patches>] [<error code text/>]
///   </collection></sync></iq>
/// ```
/// Source: protocol reference 5.14.
package struct AppStateFetchRequest: WARequest {
    package let collection: String
    /// 0 asks for a snapshot.
    package let version: UInt64

    package init(collection: String, version: UInt64) {
        self.collection = collection
        self.version = version
    }

    package func node(id: String) -> Node {
        var attributes: Attributes = ["name": .text(collection)]
        if version > 0 { attributes["version"] = .text("\(version)") }
        attributes["return_snapshot"] = version == 0 ? "true" : "false"
        return .iq(
            id: id, xmlns: "w:sync:app:state", type: .set, [Node("sync", [:], [Node("collection", attributes)])])
    }

    package func parse(_ reply: Node) throws -> AppStateAnswer { try AppStateAnswer(reply) }
}

/// Adds one patch to a collection that is still at a version. The server numbers it; it answers 409 with the patches we
/// have not seen when somebody was first.
///
/// ```
/// <sync><collection name version="current" return_snapshot="false"><patch>SyncdPatch</patch></collection></sync>
/// ```
package struct AppStatePatchRequest: WARequest {
    package let collection: String
    package let version: UInt64
    package let patch: [UInt8]

    package init(collection: String, version: UInt64, patch: [UInt8]) {
        self.collection = collection
        self.version = version
        self.patch = patch
    }

    package func node(id: String) -> Node {
        let attributes: Attributes = [
            "name": .text(collection), "version": .text("\(version)"), "return_snapshot": "false",
        ]
        let node = Node("collection", attributes, [Node("patch", bytes: patch)])
        return .iq(id: id, xmlns: "w:sync:app:state", type: .set, [Node("sync", [:], [node])])
    }

    package func parse(_ reply: Node) throws -> AppStateAnswer { try AppStateAnswer(reply) }
}

/// What the server says of one collection.
package struct AppStateAnswer: Equatable, Sendable {
    /// 409: others changed it; their patches are here.
    package let errorCode: Int?
    /// The bytes of a SyncdExternalBlobReference.
    package let snapshot: [UInt8]?
    /// The bytes of SyncdPatches, oldest first.
    package let patches: [[UInt8]]
    package let hasMore: Bool

    init(_ reply: Node) throws {
        guard let collection = reply.child("sync")?.child("collection") else {
            throw WAProtocolError.missing("app state collection")
        }
        errorCode = collection["type"] == "error" ? IQError(element: collection.child("error")).code : nil
        snapshot = collection.child("snapshot")?.bytes
        patches = collection.child("patches")?.children("patch").compactMap(\.bytes) ?? []
        hasMore = collection["has_more_patches"] == "true"
    }
}
