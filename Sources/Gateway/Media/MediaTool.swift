import Foundation
import Subprocess
import SystemPackage

/// ffmpeg and ffprobe, when they are there: what cannot be read from a header, and conversions.
///
/// They are other programs fed with strangers' files, so each run is hemmed in: no shell, no network and no playlists (which
/// could name other files), a time limit with a kill, a size limit on what is written, at most two at a time, and nothing of
/// the environment. Whatever fails only means that a file is sent without the extra.
package final class MediaTool: Sendable {
    let ffmpeg: String
    let ffprobe: String
    private let slots = Slots(count: 2)

    /// Containers that hold media and nothing else; `concat`, `hls`, `dash` and their like are not in the list.
    private static let formats =
        "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,ogg,mp3,wav,aac,flac,amr,avi,gif,jpeg_pipe,png_pipe,webp_pipe,bmp_pipe"

    /// What ffprobe is asked for is a few hundred bytes; ffmpeg is asked to print nothing.
    private static let outputByteCount = 64 * 1024

    init(ffmpeg: String, ffprobe: String) {
        self.ffmpeg = ffmpeg
        self.ffprobe = ffprobe
    }

    /// The programs on the search path; nil unless both are there.
    package static func found(in path: String? = ProcessInfo.processInfo.environment["PATH"]) -> MediaTool? {
        func find(_ name: String) -> String? {
            (path ?? "").split(separator: ":").lazy.map { "\($0)/\(name)" }
                .first { $0.hasPrefix("/") && FileManager.default.isExecutableFile(atPath: $0) }
        }
        guard let ffmpeg = find("ffmpeg"), let ffprobe = find("ffprobe") else { return nil }
        return MediaTool(ffmpeg: ffmpeg, ffprobe: ffprobe)
    }

    /// What ffprobe says of a file, as JSON; nil when it says nothing.
    func probe(_ file: String) async -> [UInt8]? {
        let options = [
            "-of", "json", "-show_entries", "format=duration:stream=codec_type,codec_name,width,height:stream_side_data=rotation",
            file,
        ]
        return await run(ffprobe, options, seconds: 20)
    }

    /// Converts a file to another one.
    ///
    /// - Parameter options: Between input and output.
    /// - Returns: false when there is no result.
    func convert(_ file: String, to output: String, _ options: [String], byteLimit: Int, seconds: Int) async -> Bool {
        let all = ["-nostdin", "-y", "-i", file] + options + ["-fs", String(byteLimit), output]
        guard await run(ffmpeg, all, seconds: seconds) != nil else {
            unlink(output)
            return false
        }
        var status = stat()
        return stat(output, &status) == 0 && status.st_size > 0
    }

    /// A small file as bytes; nil when it is larger.
    static func read(_ path: String, limit: Int) -> [UInt8]? {
        guard let handle = FileHandle(forReadingAtPath: path) else { return nil }
        defer { try? handle.close() }
        guard let data = try? handle.read(upToCount: limit + 1), data.count <= limit else { return nil }
        return [UInt8](data)
    }

    /// What the program printed when it ended well in time; nil otherwise, and nothing is left running.
    private func run(_ program: String, _ options: [String], seconds: Int) async -> [UInt8]? {
        let hemmed = ["-v", "error", "-hide_banner", "-protocol_whitelist", "file", "-format_whitelist", Self.formats]
        let printed = try? await slots.run {
            await withTaskGroup(of: [UInt8]?.self) { group in
                group.addTask {
                    // A cancelled run kills the program.
                    let ended = try? await Subprocess.run(
                        .path(FilePath(program)), arguments: Arguments(hemmed + options),
                        environment: .custom(["PATH": "/nonexistent", "LC_ALL": "C"]),
                        output: .bytes(limit: Self.outputByteCount))
                    guard let ended, ended.terminationStatus.isSuccess else { return nil }
                    return ended.standardOutput
                }
                group.addTask {
                    try? await Task.sleep(for: .seconds(seconds))
                    return nil
                }
                defer { group.cancelAll() }
                return await group.next() ?? nil
            }
        }
        return printed ?? nil
    }
}
