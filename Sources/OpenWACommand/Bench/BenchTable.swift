/// The small table `openwa bench` prints: a name, a figure, and what it is compared with. No pass or fail.
struct BenchTable {
    struct Row {
        let name: String
        let figure: String
        var note = ""
    }

    let title: String
    var rows: [Row] = []

    mutating func add(_ name: String, _ figure: String, _ note: String = "") {
        rows.append(Row(name: name, figure: figure, note: note))
    }

    func print() {
        Swift.print("\n\(title)")
        let nameWidth = rows.map(\.name.count).max() ?? 0
        let figureWidth = rows.map(\.figure.count).max() ?? 0
        for row in rows {
            let name = row.name.padded(to: nameWidth)
            let figure = String(repeating: " ", count: figureWidth - row.figure.count) + row.figure
            Swift.print("  \(name)  \(figure)  \(row.note)")
        }
    }
}

extension String {
    fileprivate func padded(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}

enum Figure {
    static func perSecond(_ count: Int, in duration: Duration) -> String {
        "\(thousands(Int(Double(count) / duration.seconds)))/s"
    }

    static func thousands(_ number: Int) -> String {
        var digits = String(number)
        var index = digits.count - 3
        while index > 0 {
            digits.insert(",", at: digits.index(digits.startIndex, offsetBy: index))
            index -= 3
        }
        return digits
    }

    static func milliseconds(_ duration: Duration) -> String { decimal(duration.seconds * 1000, places: 1) + " ms" }
    static func seconds(_ duration: Duration) -> String { decimal(duration.seconds, places: 2) + " s" }
    static func megabytes(_ bytes: Double) -> String { decimal(bytes / 1_048_576, places: 2) + " MB" }

    private static func decimal(_ value: Double, places: Int) -> String {
        var scale = 1.0
        for _ in 0..<places { scale *= 10 }
        let scaled = Int((value * scale).rounded())
        let whole = scaled / Int(scale)
        let fraction = String(abs(scaled % Int(scale)))
        return "\(whole)." + String(repeating: "0", count: places - fraction.count) + fraction
    }
}

extension Duration {
    var seconds: Double {
        let (seconds, attoseconds) = components
        return Double(seconds) + Double(attoseconds) * 1e-18
    }
}
