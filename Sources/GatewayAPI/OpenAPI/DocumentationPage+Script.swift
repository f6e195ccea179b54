extension DocumentationPage {
    static let script = #"""

        "use strict";
        const methods = ["get", "post", "put", "patch", "delete"];
        const $ = (id) => document.getElementById(id);
        const base = new URL(".", new URL(location.pathname, location.href)).href.replace(/\/$/, "");

        // Elements are made, never parsed: nothing that a server says can become markup.
        function h(tag, attributes, ...children) {
          const element = document.createElement(tag);
          for (const [name, value] of Object.entries(attributes ?? {})) {
            if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
            else if (value === true) element.setAttribute(name, "");
            else if (value !== false && value != null) element.setAttribute(name, value);
          }
          element.append(...children.flat().filter((child) => child != null));
          return element;
        }

        // `code` in texts, and paragraphs.
        function prose(text) {
          return (text ?? "").split("\n\n").filter(Boolean).map((paragraph) => h("p", {}, inline(paragraph)));
        }
        function inline(text) {
          return (text ?? "").split("`").map((part, index) => (index % 2 ? h("code", {}, part) : part));
        }

        let document_;
        const resolve = (schema) =>
          schema?.$ref ? document_.components.schemas[schema.$ref.split("/").pop()] : schema ?? {};

        function typeOf(schema) {
          schema = resolve(schema);
          if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
          if (schema.oneOf ?? schema.anyOf) return (schema.oneOf ?? schema.anyOf).map(typeOf).join(" or ");
          if (schema.type === "array") return "list of " + typeOf(schema.items ?? {});
          const type = [].concat(schema.type ?? "anything").join(" or ");
          return schema.format ? type + " (" + schema.format + ")" : type;
        }

        function limits(schema) {
          const words = { minLength: "at least {} characters", maxLength: "at most {} characters", minimum: "from {}",
            maximum: "to {}", minItems: "at least {} items", maxItems: "at most {} items", pattern: "matches {}" };
          return Object.entries(words).filter(([name]) => schema[name] !== undefined)
            .map(([name, text]) => text.replace("{}", schema[name])).join(", ");
        }

        function fieldRows(schema, prefix = "", depth = 0) {
          schema = resolve(schema);
          if (schema.type === "array") return fieldRows(schema.items, prefix + "[].", depth);
          return Object.entries(schema.properties ?? {}).flatMap(([name, property]) => {
            const shape = resolve(property);
            const row = h("tr", {},
              h("td", { class: "field" }, h("code", {}, prefix + name),
                (schema.required ?? []).includes(name) ? h("span", { class: "must", title: "always there" }, " *") : null),
              h("td", { class: "faint" }, typeOf(property)),
              h("td", {}, inline(property.description ?? shape.description ?? ""), " ",
                h("span", { class: "faint" }, limits(shape))));
            const isNested = depth < 4 && (shape.properties || (shape.type === "array" && resolve(shape.items).properties));
            const inner = prefix + name + (shape.type === "array" ? "[]." : ".");
            return isNested ? [row, ...fieldRows(shape.type === "array" ? shape.items : shape, inner, depth + 1)] : [row];
          });
        }

        function fields(title, schema) {
          const rows = fieldRows(schema);
          return rows.length ? [h("h4", {}, title), h("table", {}, h("tbody", {}, rows))] : [];
        }

        function parameters(operation) {
          const rows = (operation.parameters ?? []).map((parameter) => h("tr", {},
            h("td", { class: "field" }, h("code", {}, parameter.name), parameter.required ? h("span", { class: "must" }, " *") : null),
            h("td", { class: "faint" }, parameter.in + ", " + typeOf(parameter.schema)),
            h("td", {}, inline(parameter.description), " ", h("span", { class: "faint" }, limits(parameter.schema ?? {})))));
          return rows.length ? [h("h4", {}, "Parameters"), h("table", {}, h("tbody", {}, rows))] : [];
        }

        const quoted = (text) => "'" + text.replaceAll("'", "'\\''") + "'";

        function curl(method, path, isOpen, body) {
          const lines = ["curl" + (method === "get" ? "" : " -X " + method.toUpperCase()) + ' "' + base.replace(/\/api$/, "") + path + '"'];
          if (!isOpen) lines.push('-H "X-API-Key: $API_KEY"');
          if (body) lines.push('-H "Content-Type: application/json"', "-d " + quoted(body));
          return lines.join(" \\\n  ");
        }

        function copyable(text) {
          const button = h("button", { type: "button", onclick: () => navigator.clipboard?.writeText(text) }, "Copy");
          return [h("pre", {}, text), h("div", { class: "row" }, button)];
        }

        function filled(path, operation) {
          return path.replace(/\{(\w+)\}/g, (whole, name) => {
            if (name === "sessionId") return encodeURIComponent($("session").value || "my-session");
            const parameter = (operation.parameters ?? []).find((one) => one.in === "path" && one.name === name);
            return parameter?.example ?? whole;
          });
        }

        function attempt(method, path, operation, isOpen, body) {
          const target = h("input", { value: filled(path, operation), "aria-label": "Path and query", size: 60 });
          const text = body === undefined ? null : h("textarea", { rows: Math.min(16, body.split("\n").length + 1), "aria-label": "Body" });
          if (text) text.value = body;
          const result = h("div", { "aria-live": "polite" });
          async function send() {
            const headers = {};
            if ($("key").value) headers["X-API-Key"] = $("key").value;
            if (text) headers["Content-Type"] = "application/json";
            try {
              const answer = await fetch(base.replace(/\/api$/, "") + target.value,
                { method: method.toUpperCase(), headers, body: text?.value });
              const isText = /json|text/.test(answer.headers.get("content-type") ?? "");
              let content = isText ? await answer.text() : "";
              try { content = JSON.stringify(JSON.parse(content), null, 2); } catch {}
              const shown = ["x-openwa-ack", "retry-after", "x-request-id"].filter((name) => answer.headers.get(name))
                .map((name) => name + ": " + answer.headers.get(name)).join("   ");
              result.replaceChildren(
                h("p", { class: answer.ok ? "ok" : "bad" }, answer.status + " " + answer.statusText, "  ",
                  h("span", { class: "faint" }, shown)),
                content ? h("pre", {}, content) : "");
            } catch (error) {
              result.replaceChildren(h("p", { class: "bad" }, String(error)));
            }
          }
          return [h("h4", {}, "Try it"), h("div", { class: "row" }, target,
            h("button", { class: "primary", type: "button", onclick: send }, "Send")), text, result].filter(Boolean);
        }

        function routeBody(method, path, operation) {
          const isOpen = Array.isArray(operation.security) && operation.security.length === 0;
          const content = operation.requestBody?.content ?? {};
          const json = content["application/json"];
          const examples = Object.entries(json?.examples ?? {});
          const first = examples[0]?.[1].value;
          const written = (value) => (value === undefined ? undefined : JSON.stringify(value, null, 2));
          const success = Object.entries(operation.responses).find(([status]) => status < "300");
          const shape = Object.values(success?.[1].content ?? {})[0]?.schema;
          const errors = Object.entries(operation.responses).filter(([status]) => status >= "400");
          return h("div", {},
            prose(operation.description), parameters(operation),
            json ? fields("Body", json.schema) : [],
            h("h4", {}, "Example"),
            examples.length
              ? examples.flatMap(([title, example]) => [examples.length > 1 ? h("p", { class: "faint" }, title) : null,
                  ...copyable(curl(method, filled(path, operation), isOpen, JSON.stringify(example.value)))])
              : copyable(curl(method, filled(path, operation), isOpen)),
            success ? [h("h4", {}, "Answer " + success[0]), shape ? h("p", { class: "faint" }, typeOf(shape)) : h("p", { class: "faint" }, "No body.")] : [],
            shape ? fields("", shape).slice(1) : [],
            h("h4", {}, "Errors"),
            h("table", {}, h("tbody", {}, errors.map(([status, error]) => h("tr", {}, h("td", { class: "field" }, status),
              h("td", {}, error.description.split(", ").map((code) => code.replaceAll("`", "")).flatMap((code, index) =>
                [index ? ", " : "", h("a", { href: "#" + code }, h("code", {}, code))])))))),
            attempt(method, path, operation, isOpen, json ? written(first ?? {}) : undefined));
        }

        function route(method, path, operation) {
          const details = h("details", { class: "route", id: operation.operationId },
            h("summary", {}, h("span", { class: "method " + method }, method.toUpperCase()), h("span", { class: "path" }, path),
              h("span", { class: "what" }, operation.summary)));
          // Filled when it is opened, so that the page is there at once.
          details.addEventListener("toggle", () => {
            if (details.open && details.children.length === 1) details.append(routeBody(method, path, operation));
          });
          return details;
        }

        async function errorTable() {
          const errors = await (await fetch("errors")).json();
          return [h("h2", { id: "errors" }, "Errors"), h("table", {},
            h("thead", {}, h("tr", {}, ["Code", "Status", "Meaning", "What to do"].map((title) => h("th", {}, title)))),
            h("tbody", {}, errors.map((error) => h("tr", { id: error.code },
              h("td", {}, h("code", {}, error.code)), h("td", {}, String(error.status)),
              h("td", {}, error.meaning), h("td", {}, error.advice)))))];
        }

        function showTarget() {
          const target = $(decodeURIComponent(location.hash.slice(1)));
          if (target instanceof HTMLDetailsElement) target.open = true;
          target?.scrollIntoView();
        }

        async function start() {
          document_ = await (await fetch("openapi.json")).json();
          $("version").textContent = document_.info.version;
          const [main, nav] = [[h("div", { id: "top" }, prose(document_.info.description))], []];
          for (const { name } of document_.tags) {
            main.push(h("h2", { id: "tag-" + name }, name));
            nav.push(h("h2", {}, name));
            for (const [path, operations] of Object.entries(document_.paths)) {
              for (const method of methods.filter((one) => operations[one]?.tags.includes(name))) {
                main.push(route(method, path, operations[method]));
                nav.push(h("a", { href: "#" + operations[method].operationId }, operations[method].summary));
              }
            }
          }
          nav.push(h("h2", {}, "More"), h("a", { href: "#errors" }, "Errors"), h("a", { href: "openapi.json" }, "openapi.json"));
          main.push(...(await errorTable()));
          $("main").replaceChildren(...main.flat());
          $("nav").replaceChildren(...nav);
          addEventListener("hashchange", showTarget);
          showTarget();
        }

        // The key stays in this tab and is forgotten with it.
        for (const id of ["key", "session"]) {
          $(id).value = sessionStorage.getItem(id) ?? $(id).value;
          $(id).addEventListener("input", () => sessionStorage.setItem(id, $(id).value));
        }
        start().catch((error) => $("main").replaceChildren(h("p", { class: "bad" }, "The documentation could not be loaded: " + error)));

        """#
}
