import Foundation
import Synchronization

/// ffmpeg and ffprobe, when they are there: what cannot be read from a header, and conversions.
///
/// They are other programs fed with strangers' files, so each run is hemmed in: no shell, no network and no playlists (which
/// could name other files), a time limit with a kill, a size limit on what is written, at most two at a time, and nothing of
/// the environment. Whatever fails only means that a file is sent without the extra.
package final class MediaTool: Sendable {
    let ffmpeg: String
    let ffprobe: String
    private let turns = Turns(2)

    /// Containers that hold media and nothing else; `concat`, `hls`, `dash` and their like are not in the list.
    private static let formats =
        "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,ogg,mp3,wav,aac,flac,amr,avi,gif,jpeg_pipe,png_pipe,webp_pipe,bmp_pipe"

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
        let output = file + ".probe"
        defer { unlink(output) }
        let options = [
            "-of", "json", "-show_entries", "format=duration:stream=codec_type,codec_name,width,height:stream_side_data=rotation",
            file,
        ]
        guard await run(ffprobe, options, standardOutput: output, seconds: 20) else { return nil }
        return Self.read(output, limit: 64 * 1024)
    }

    /// Converts a file to another one.
    ///
    /// - Parameter options: Between input and output.
    /// - Returns: false when there is no result.
    func convert(_ file: String, to output: String, _ options: [String], byteLimit: Int, seconds: Int) async -> Bool {
        let all = ["-nostdin", "-y", "-i", file] + options + ["-fs", String(byteLimit), output]
        guard await run(ffmpeg, all, standardOutput: nil, seconds: seconds) else {
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

    private func run(_ program: String, _ options: [String], standardOutput: String?, seconds: Int) async -> Bool {
        await turns.take()
        defer { turns.give() }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments =
            ["-v", "error", "-hide_banner", "-protocol_whitelist", "file", "-format_whitelist", Self.formats] + options
        process.environment = ["PATH": "/nonexistent", "LC_ALL": "C"]
        process.standardInput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        if let standardOutput {
            guard FileManager.default.createFile(atPath: standardOutput, contents: nil),
                let handle = FileHandle(forWritingAtPath: standardOutput)
            else { return false }
            process.standardOutput = handle
        }
        let ended = Latch()
        process.terminationHandler = { _ in ended.open() }
        do { try process.run() } catch { return false }
        let identifier = process.processIdentifier
        // A cancelled task does not wait, and leaves nothing running either.
        if await !ended.wait(atMost: .seconds(seconds), clock: ContinuousClock()) {
            kill(identifier, SIGKILL)
            return false
        }
        return process.terminationReason == .exit && process.terminationStatus == 0
    }
}

/// So many may go on at a time; others wait in order.
private final class Turns: Sendable {
    private struct State {
        var free: Int
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state: Mutex<State>

    init(_ count: Int) { state = Mutex(State(free: count)) }

    func take() async {
        await withCheckedContinuation { continuation in
            let passes = state.withLock { state in
                guard state.free == 0 else {
                    state.free -= 1
                    return true
                }
                state.waiting.append(continuation)
                return false
            }
            if passes { continuation.resume() }
        }
    }

    func give() {
        let next: CheckedContinuation<Void, Never>? = state.withLock { state in
            guard state.waiting.isEmpty else { return state.waiting.removeFirst() }
            state.free += 1
            return nil
        }
        next?.resume()
    }
}
