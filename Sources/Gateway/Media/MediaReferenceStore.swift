import Foundation
import Storage

/// What was uploaded for each session, by the bytes' hash and what they were sent as.
enum MediaReferenceStore {
    static func find(
        _ sha256: String, _ kind: OutgoingMedia.Kind, of sessionID: String, uploadedSinceMilliseconds oldest: Int64,
        on connection: any SQLConnection
    ) throws -> PreparedMedia? {
        let rows = try connection.query(
            """
            SELECT prepared FROM gateway_media_references
            WHERE session_id = $1 AND sha256 = $2 AND kind = $3 AND uploaded_at >= $4
            """, [.text(sessionID), .text(sha256), .text(kind.rawValue), .integer(oldest)])
        // A row that a later version wrote differently only costs an upload.
        return rows.first.flatMap { row in
            try? JSONDecoder().decode(PreparedMedia.self, from: Data(try row.text("prepared").utf8))
        }
    }

    static func keep(
        _ prepared: PreparedMedia, _ sha256: String, _ kind: OutgoingMedia.Kind, of sessionID: String,
        uploadedAtMilliseconds now: Int64, on connection: any SQLConnection
    ) throws {
        try connection.execute(
            """
            INSERT INTO gateway_media_references (session_id, sha256, kind, prepared, uploaded_at)
            VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (session_id, sha256, kind)
            DO UPDATE SET prepared = excluded.prepared, uploaded_at = excluded.uploaded_at
            """,
            [
                .text(sessionID), .text(sha256), .text(kind.rawValue),
                .text(String(decoding: try JSONEncoder().encode(prepared), as: UTF8.self)), .integer(now),
            ])
    }

    /// Removes what is too old to be given out.
    static func prune(olderThanMilliseconds oldest: Int64, on connection: any SQLConnection) throws {
        try connection.execute("DELETE FROM gateway_media_references WHERE uploaded_at < $1", [.integer(oldest)])
    }
}
