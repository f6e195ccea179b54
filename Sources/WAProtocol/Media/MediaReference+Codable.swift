import FoundationEssentials

/// Stored as an object with the byte strings in base64. Rows outlive versions: fields may be added, never renamed.
extension MediaReference: Codable {
    private enum Key: String, CodingKey {
        case directPath, url, mediaKey, fileSHA256, fileEncSHA256, byteCount, keyTimestampSeconds, sidecar
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        self.init(
            directPath: try container.decode(String.self, forKey: .directPath),
            url: try container.decodeIfPresent(String.self, forKey: .url),
            mediaKey: [UInt8](try container.decode(Data.self, forKey: .mediaKey)),
            fileSHA256: [UInt8](try container.decode(Data.self, forKey: .fileSHA256)),
            fileEncSHA256: [UInt8](try container.decode(Data.self, forKey: .fileEncSHA256)),
            byteCount: try container.decode(Int.self, forKey: .byteCount),
            keyTimestampSeconds: try container.decode(Int64.self, forKey: .keyTimestampSeconds),
            sidecar: try container.decodeIfPresent(Data.self, forKey: .sidecar).map { [UInt8]($0) })
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(directPath, forKey: .directPath)
        try container.encodeIfPresent(url, forKey: .url)
        try container.encode(Data(mediaKey), forKey: .mediaKey)
        try container.encode(Data(fileSHA256), forKey: .fileSHA256)
        try container.encode(Data(fileEncSHA256), forKey: .fileEncSHA256)
        try container.encode(byteCount, forKey: .byteCount)
        try container.encode(keyTimestampSeconds, forKey: .keyTimestampSeconds)
        try container.encodeIfPresent(sidecar.map { Data($0) }, forKey: .sidecar)
    }
}
