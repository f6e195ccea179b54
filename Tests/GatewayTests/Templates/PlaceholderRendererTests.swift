import TestSupport
import Testing

@testable import Gateway

@Suite("Placeholders")
struct PlaceholderRendererTests {
    @Test(
        "Both forms are filled, and what has no value stays as it is written",
        arguments: [
            ("Hi {{name}}", ["name": "Sam"], "Hi Sam"),
            ("Hi {{ name }}!", ["name": "Sam"], "Hi Sam!"),
            ("{{first.name}}-{{order-id}}", ["first.name": "Ana", "order-id": "7"], "Ana-7"),
            ("Hi {name}", ["name": "Sam"], "Hi Sam"),
            ("a { b } c", ["b": "X"], "a { b } c"),
            ("Hi {{name}} {name}", ["other": "X"], "Hi {{name}} {name}"),
            ("Hi {{name}}.", ["name": ""], "Hi ."),
            ("{name}{{name}}", ["name": "{{other}}", "other": "no"], "{{other}}{{other}}"),
            ("{{name", ["name": "X"], "{{name"),
            ("{{{name}}}", ["name": "X"], "{X}"),
            ("{{na me}} {na me}", ["na": "X", "me": "Y", "na me": "Z"], "{{na me}} {na me}"),
            ("", ["name": "X"], ""),
            ("}}{{", ["": "X"], "}}{{"),
        ])
    func fills(text: String, values: [String: String], expected: String) throws {
        #expect(try PlaceholderRenderer.render(text, values, limit: 100) == expected)
    }

    @Test("What would become too long is measured and not built")
    func limits() throws {
        let values = ["a": String(repeating: "é", count: 1_000_000), "b": "x"]
        let text = String(repeating: "{{a}}", count: 100_000) + "{{c}}"
        #expect(throws: PlaceholderRenderer.TooLong(length: 100_000_000_005)) {
            try PlaceholderRenderer.render(text, values, limit: 65_536)
        }
        #expect(try PlaceholderRenderer.render("{{b}}é{b}", values, limit: 3) == "xéx")
        #expect(throws: PlaceholderRenderer.TooLong(length: 3)) {
            try PlaceholderRenderer.render("{{b}}é{b}", values, limit: 2)
        }
        #expect(throws: PlaceholderRenderer.TooLong(length: 3)) {
            try PlaceholderRenderer.render("ééé", values, limit: 2)
        }
    }

    @Test("Texts of combining marks cost no more than others of their length")
    func combiningMarks() {
        func cost(_ unit: String) -> Duration {
            let run = String(repeating: unit, count: 20_000)
            return processorTime {
                let rendered = try? PlaceholderRenderer.render("{\(run){{name}}\(run)", ["name": ""], limit: 100_000)
                #expect(rendered == "{\(run)\(run)")
            }
        }
        #expect(cost("\u{301}\u{323}") < cost("\u{3B1}\u{3B2}") * 10 + .milliseconds(100))
    }

    @Test("Parts of a template are joined by blank lines, empty ones are left out")
    func joins() throws {
        var template = TemplateRecord(
            id: "1", sessionID: "s", name: "welcome", body: "Hi {{name}}", header: "Hello", footer: "",
            createdAtMilliseconds: 0, updatedAtMilliseconds: 0)
        #expect(try template.rendered(["name": "Sam"], limit: 20) == "Hello\n\nHi Sam")
        template.header = nil
        template.footer = "{{name}}"
        #expect(try template.rendered(["name": "Sam"], limit: 20) == "Hi Sam\n\nSam")
        #expect(throws: PlaceholderRenderer.TooLong(length: 11)) { try template.rendered(["name": "Sam"], limit: 10) }
    }
}
