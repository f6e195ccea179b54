import FoundationEssentials
import NIOCore
import Synchronization

/// Makes the card of a link in a text, as the linked page describes itself (`linkPreview: true`, contract 3.3).
///
/// The page is fetched through the guard, in little time and up to a size; whatever fails only means that there is no card.
struct LinkPreviewer: Sendable {
    let fetch: GuardedFetch
    let spool: MediaSpool
    let examiner: MediaExaminer
    /// How long the page, and then its image, may take.
    var timeout: Duration = .seconds(3)

    private static let pageByteCount = 512 * 1024
    private static let imageByteCount = 2 << 20

    /// The card of the first http(s) link in a text; nil for none.
    func preview(for text: String) async -> OutgoingLinkPreview? {
        guard let link = LinkInText.first(in: text), let url = try? WebURL(parsing: link),
            let (page, address) = await page(at: url), let title = page.title
        else { return nil }
        var preview = OutgoingLinkPreview(url: link, title: title, description: page.description)
        if let image = page.image, let imageURL = try? address.following(image) {
            preview.thumbnail = await thumbnail(at: imageURL)
        }
        return preview
    }

    private func page(at url: WebURL) async -> (PageDescription, WebURL)? {
        let bytes = Mutex<[UInt8]>([])
        // What a page says of itself stands at its beginning.
        let limits = GuardedFetch.Limits(
            byteCount: Self.pageByteCount, timeout: timeout, redirects: 3, truncates: true)
        let head = try? await fetch.fetch(
            url, limits: limits, accepts: { type in type?.lowercased().contains("html") ?? false },
            receive: { piece in bytes.withLock { $0 += piece.readableBytesView } })
        guard let head else { return nil }
        let page = PageDescription(html: String(decoding: bytes.withLock { $0 }, as: UTF8.self))
        return (page, head.url)
    }

    private func thumbnail(at url: WebURL) async -> Data? {
        guard let writer = try? spool.open(.url) else { return nil }
        defer { spool.release(writer.id) }
        do {
            _ = try await fetch.fetch(
                url, limits: .init(byteCount: Self.imageByteCount, timeout: timeout, redirects: 3),
                accepts: { type in type?.lowercased().hasPrefix("image/") ?? true },
                receive: { piece in try piece.withUnsafeReadableBytes { try writer.write($0) } })
            return await examiner.thumbnail(of: try await writer.finish().path)
        } catch {
            return nil
        }
    }
}

extension MessagingGateway {
    /// The card of the first link in a text, fetched now; nil when there is none to be had.
    func linkPreview(for text: String) async -> OutgoingLinkPreview? {
        await LinkPreviewer(fetch: fetch, spool: mediaSpool, examiner: MediaExaminer(tool: mediaTool)).preview(for: text)
    }

    /// The text with the card of its first link, unless it brings a card of its own or there is none to be had.
    func withLinkPreview(_ text: OutgoingText) async -> OutgoingText {
        guard text.preview == nil else { return text }
        var text = text
        text.preview = await linkPreview(for: text.text)
        return text
    }
}

/// Finds links in texts, byte by byte: characters of many combining marks take long to take apart, and here strangers write.
enum LinkInText {
    /// The longest link that gets a card, as `customLinkPreview.url` has it.
    static let maximumByteCount = 2_048

    private static let schemes = [Array("https://".utf8), Array("http://".utf8)]
    private static let closing: Set<Unicode.Scalar> = Set(".,;:!?)]}>\"'»”".unicodeScalars)

    /// The first `http://` or `https://` link as it stands in the text, without the punctuation that ends a sentence; nil for
    /// none, and for one that is longer than `maximumByteCount`.
    static func first(in text: String) -> String? {
        var rest = text.utf8[...]
        while let start = rest.firstIndex(where: { $0 | 0x20 == UInt8(ascii: "h") }) {
            rest = rest[start...]
            guard let scheme = schemes.first(where: rest.starts(withLowerCased:)) else {
                rest = rest.dropFirst()
                continue
            }
            let word = text.unicodeScalars[start...].prefix { !$0.properties.isWhitespace }
            var link = word
            while let last = link.last, closing.contains(last) { link.removeLast() }
            let byteCount = text.utf8.distance(from: link.startIndex, to: link.endIndex)
            // Otherwise all of the word behind the scheme was punctuation.
            if byteCount > scheme.count { return byteCount <= maximumByteCount ? String(link) : nil }
            rest = text.utf8[word.endIndex...]
        }
        return nil
    }
}

extension Substring.UTF8View {
    fileprivate func starts(withLowerCased ascii: [UInt8]) -> Bool {
        let start = prefix(ascii.count)
        return start.count == ascii.count && zip(start, ascii).allSatisfy { $0.0 == $0.1 || $0.0 | 0x20 == $0.1 }
    }
}
