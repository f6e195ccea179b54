/// Times of records as the API writes them: ISO-8601 in UTC with milliseconds, `2026-06-25T09:20:00.000Z`.
package enum ISO8601Text {
    /// The text of a Unix time in milliseconds; years outside 0...9999 are clamped, because the form has four digits.
    package static func of(milliseconds: Int64) -> String {
        let clamped = min(max(milliseconds, -62_167_219_200_000), 253_402_300_799_999)
        let (days, millisecondOfDay) = floorDivision(clamped, 86_400_000)
        let (year, month, day) = civilDate(daysSinceEpoch: days)
        let secondOfDay = millisecondOfDay / 1000
        return String(unsafeUninitializedCapacity: 24) { buffer in
            var position = 0
            func put(_ value: Int64, digits: Int, _ separator: UInt8) {
                var rest = value
                for place in stride(from: position + digits - 1, through: position, by: -1) {
                    buffer[place] = UInt8(ascii: "0") + UInt8(rest % 10)
                    rest /= 10
                }
                buffer[position + digits] = separator
                position += digits + 1
            }
            put(year, digits: 4, UInt8(ascii: "-"))
            put(month, digits: 2, UInt8(ascii: "-"))
            put(day, digits: 2, UInt8(ascii: "T"))
            put(secondOfDay / 3600, digits: 2, UInt8(ascii: ":"))
            put(secondOfDay / 60 % 60, digits: 2, UInt8(ascii: ":"))
            put(secondOfDay % 60, digits: 2, UInt8(ascii: "."))
            put(millisecondOfDay % 1000, digits: 3, UInt8(ascii: "Z"))
            return position
        }
    }

    /// The Unix time in milliseconds of an ISO-8601 date, with or without a time; a time without a zone is UTC.
    ///
    /// Read are `YYYY-MM-DD`, then `T` or a space, `hh:mm`, `:ss`, a fraction, and `Z` or `±hh:mm` or `±hhmm`.
    /// - Returns: nil for anything else, and for days and times that do not exist.
    package static func milliseconds(parsing text: String) -> Int64? {
        var rest = Substring(text).utf8
        func digits(_ count: Int) -> Int64? {
            let taken = rest.prefix(count)
            guard taken.count == count, taken.allSatisfy({ $0 &- UInt8(ascii: "0") <= 9 }) else { return nil }
            rest = rest.dropFirst(count)
            return taken.reduce(0) { $0 * 10 + Int64($1 - UInt8(ascii: "0")) }
        }
        func skip(_ characters: String) -> Bool {
            guard let first = rest.first, characters.utf8.contains(first) else { return false }
            rest = rest.dropFirst()
            return true
        }
        guard let year = digits(4), skip("-"), let month = digits(2), skip("-"), let day = digits(2),
            (1...12).contains(month), (1...31).contains(day)
        else { return nil }
        let days = daysSinceEpoch(year: year, month: month, day: day)
        guard civilDate(daysSinceEpoch: days) == (year, month, day) else { return nil }
        var milliseconds = days * 86_400_000
        if rest.isEmpty { return milliseconds }

        guard skip("Tt "), let hour = digits(2), hour < 24, skip(":"), let minute = digits(2), minute < 60 else {
            return nil
        }
        milliseconds += (hour * 60 + minute) * 60_000
        if skip(":") {
            guard let second = digits(2), second < 60 else { return nil }
            milliseconds += second * 1000
            if skip(".,") {
                let fraction = rest.prefix { $0 &- UInt8(ascii: "0") <= 9 }
                guard !fraction.isEmpty else { return nil }
                rest = rest.dropFirst(fraction.count)
                let thousandths = fraction.prefix(3).reduce(0) { $0 * 10 + Int64($1 - UInt8(ascii: "0")) }
                milliseconds +=
                    fraction.count == 1 ? thousandths * 100 : fraction.count == 2 ? thousandths * 10 : thousandths
            }
        }
        if rest.isEmpty || skip("Zz") { return rest.isEmpty ? milliseconds : nil }
        let isBehind = rest.first == UInt8(ascii: "-")
        guard skip("+-"), let zoneHour = digits(2), zoneHour < 24 else { return nil }
        _ = skip(":")
        guard let zoneMinute = digits(2), zoneMinute < 60, rest.isEmpty else { return nil }
        let offset = (zoneHour * 60 + zoneMinute) * 60_000
        return isBehind ? milliseconds + offset : milliseconds - offset
    }

    private static func daysSinceEpoch(year: Int64, month: Int64, day: Int64) -> Int64 {
        let yearFromMarch = month <= 2 ? year - 1 : year
        let (era, yearOfEra) = floorDivision(yearFromMarch, 400)
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    private static func floorDivision(_ value: Int64, _ divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }

    /// The proleptic Gregorian date of a day number. Years start in March here, so the leap day comes last.
    private static func civilDate(daysSinceEpoch: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let (era, dayOfEra) = floorDivision(daysSinceEpoch + 719_468, 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        return (era * 400 + yearOfEra + (month <= 2 ? 1 : 0), month, day)
    }
}
