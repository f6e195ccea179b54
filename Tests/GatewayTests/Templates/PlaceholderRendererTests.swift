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
    func fills(text: String, values: [String: String], expected: String) {
        #expect(PlaceholderRenderer.render(text, values) == expected)
    }

    @Test("Parts of a template are joined by blank lines, empty ones are left out")
    func joins() {
        var template = TemplateRecord(
            id: "1", sessionID: "s", name: "welcome", body: "Hi {{name}}", header: "Hello", footer: "",
            createdAtMilliseconds: 0, updatedAtMilliseconds: 0)
        #expect(template.rendered(["name": "Sam"]) == "Hello\n\nHi Sam")
        template.header = nil
        template.footer = "{{name}}"
        #expect(template.rendered(["name": "Sam"]) == "Hi Sam\n\nSam")
    }
}
