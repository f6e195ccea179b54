import FoundationEssentials

/// The forms of addresses on media servers. Reference 7.2 to 7.4.
package enum MediaPath {
    /// The types under `/mms/`, each with the number that stands in the direct paths of its files.
    private static let types: [String: Int] = [
        "image": 7_118, "video": 7_161, "audio": 7_117, "ptt": 7_117, "document": 7_119, "sticker": 7_118,
        "thumbnail-link": 7_118, "sticker-pack": 7_118, "thumbnail-sticker-pack": 7_118, "md-app-state": 7_117,
        "md-msg-hist": 7_118, "picture": 24_694,
    ]

    /// Types whose files are uploaded as they are, or have a folder of their own.
    private static let foldersOfTheirOwn: [String: String] = ["product": "image", "pps": "biz-cover-photo"]

    /// What is uploaded to `/<folder>/<type>/<token>`, if there is such a place.
    ///
    /// ```
    /// /mms/image   /newsletter/newsletter-image   /product/image   /pps/biz-cover-photo
    /// ```
    package static func isUploadPlace(_ folder: Substring, _ type: Substring) -> Bool {
        switch folder {
        case "mms": types[String(type)] != nil
        case "newsletter": type.hasPrefix(channelPrefix) && types[String(type.dropFirst(channelPrefix.count))] != nil
        default: foldersOfTheirOwn[String(folder)].map { $0 == type } ?? false
        }
    }

    private static let channelPrefix = "newsletter-"

    /// `/v/t62.7118-24/<name>?ccb=…`, as a message carries it.
    package static func directPath(of name: String, type: String) -> String {
        let number = types[type.replacing(channelPrefix, with: "")] ?? 0
        return "/v/t62.\(number)-24/\(name)?ccb=11-4&oh=\(name.prefix(24))&oe=7FFFFFFF&_nc_sid=5e03e0"
    }

    /// The whole address, as the answer to an upload and messages carry it; `authority` is `host:port`.
    package static func url(of directPath: String, at authority: String) -> String {
        "https://\(authority)\(directPath)&mms3=true"
    }

    /// The file that a direct path or a request names; clients append their own parameters with `?` or `&`, and some
    /// pad its name with `=`.
    package static func name(of path: String) -> String {
        let bare = path.prefix { $0 != "?" && $0 != "&" }
        let last = bare.split(separator: "/").last.map(String.init) ?? ""
        return last.replacing("%3D", with: "").replacing("=", with: "")
    }

    package static func base64url(_ bytes: [UInt8]) -> String {
        Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }
}
