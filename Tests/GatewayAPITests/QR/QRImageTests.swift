import CZlib
import Foundation
import Testing

@testable import GatewayAPI

struct QRImageTests {
    /// Shaped like a pairing code: "2@", a reference, three keys, a secret.
    private let text = "2@" + String(repeating: "aB3/+", count: 30) + "," + String(repeating: "Zz09=", count: 18)

    @Test("The picture is a PNG whose pixels are the code's modules with a quiet zone")
    func picture() throws {
        let modules = try #require(QRImage.modules(for: text))
        let url = try #require(QRImage.dataURL(for: text))
        let prefix = "data:image/png;base64,"
        #expect(url.hasPrefix(prefix))
        let png = try DecodedPNG([UInt8](try #require(Data(base64Encoded: String(url.dropFirst(prefix.count))))))

        let scale = QRImage.pixelsPerModule
        let side = (modules.count + 2 * QRImage.quietZone) * scale
        #expect(png.width == side && png.height == side)
        for row in 0..<side {
            for column in 0..<side {
                let (y, x) = (row / scale - QRImage.quietZone, column / scale - QRImage.quietZone)
                let isDark = modules.indices.contains(y) && modules.indices.contains(x) && modules[y][x]
                guard png.isDark(row, column) != isDark else { continue }
                Issue.record("pixel \(row), \(column) has the wrong colour")
                return
            }
        }
    }

    @Test("The modules form a QR code: its size, its three finders and its timing lines")
    func structure() throws {
        let modules = try #require(QRImage.modules(for: text))
        let size = modules.count
        #expect((size - 17) % 4 == 0 && (21...177).contains(size))
        #expect(modules.allSatisfy { $0.count == size })
        for (top, left) in [(0, 0), (0, size - 7), (size - 7, 0)] {
            for row in 0..<7 {
                for column in 0..<7 {
                    let ring = max(abs(row - 3), abs(column - 3))
                    #expect(modules[top + row][left + column] == (ring != 2), "finder at \(top), \(left)")
                }
            }
        }
        for place in 8..<size - 8 {
            #expect(modules[6][place] == place.isMultiple(of: 2))
            #expect(modules[place][6] == place.isMultiple(of: 2))
        }
    }

    @Test("Another text is another picture, and a text that fits no code has none")
    func texts() {
        #expect(QRImage.dataURL(for: text) != QRImage.dataURL(for: text + "x"))
        #expect(QRImage.dataURL(for: String(repeating: "x", count: 3000)) == nil)
    }
}

/// Reads the one kind of PNG that is written here, and checks everything about it on the way.
private struct DecodedPNG {
    let width: Int
    let height: Int
    private let rows: [[UInt8]]

    init(_ bytes: [UInt8]) throws {
        try #require(bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]))
        var chunks: [(type: String, content: [UInt8])] = []
        var rest = bytes.dropFirst(8)
        func number() -> Int {
            let value = rest.prefix(4).reduce(0) { $0 << 8 | Int($1) }
            rest = rest.dropFirst(4)
            return value
        }
        while !rest.isEmpty {
            let count = number()
            let checked = Array(rest.prefix(4 + count))
            rest = rest.dropFirst(4 + count)
            let checksum = number()
            #expect(Int(crc32(0, checked, uInt(checked.count))) == checksum)
            chunks.append((String(decoding: checked.prefix(4), as: UTF8.self), Array(checked.dropFirst(4))))
        }
        try #require(chunks.map(\.type) == ["IHDR", "IDAT", "IEND"])
        let header = chunks[0].content
        let width = header.prefix(4).reduce(0) { $0 << 8 | Int($1) }
        let height = header[4..<8].reduce(0) { $0 << 8 | Int($1) }
        #expect(Array(header[8...]) == [1, 0, 0, 0, 0])

        let stride = 1 + (width + 7) / 8
        var count = uLong(stride * height)
        var pixels = [UInt8](repeating: 0, count: stride * height)
        try #require(uncompress(&pixels, &count, chunks[1].content, uLong(chunks[1].content.count)) == Z_OK)
        try #require(Int(count) == stride * height)
        rows = (0..<height).map { Array(pixels[$0 * stride..<($0 + 1) * stride]) }
        #expect(rows.allSatisfy { $0[0] == 0 })
        self.width = width
        self.height = height
    }

    func isDark(_ row: Int, _ column: Int) -> Bool {
        rows[row][1 + column / 8] & (0x80 >> UInt8(column % 8)) == 0
    }
}
