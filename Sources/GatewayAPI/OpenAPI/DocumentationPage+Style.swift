extension DocumentationPage {
    static let style = """

        :root { color-scheme: light dark; --back: #fff; --raised: #f5f7f6; --line: #dde3e0; --text: #16201b; --faint: #5d6b64;
          --green: #0a7d54; --blue: #1f5fbf; --red: #b3261e; --amber: #8a5a00; }
        @media (prefers-color-scheme: dark) { :root { --back: #101513; --raised: #18201c; --line: #2b3631; --text: #e3ebe7;
          --faint: #93a39b; --green: #4fd1a0; --blue: #82b1ff; --red: #ff8a80; --amber: #ffcc66; } }
        * { box-sizing: border-box; }
        html { scroll-padding-top: 4.5rem; }
        body { margin: 0; background: var(--back); color: var(--text); font: 15px/1.55 system-ui, sans-serif; }
        header { position: sticky; top: 0; z-index: 1; display: flex; flex-wrap: wrap; gap: .5rem 1.2rem; align-items: center;
          padding: .6rem 1.2rem; background: var(--raised); border-bottom: 1px solid var(--line); }
        .title { font-weight: 650; color: inherit; margin-right: auto; }
        .title span { color: var(--faint); font-weight: 400; }
        a { color: var(--green); text-decoration: none; } a:hover { text-decoration: underline; }
        input, textarea, button { font: inherit; color: inherit; background: var(--back); border: 1px solid var(--line);
          border-radius: 6px; padding: .25rem .5rem; }
        textarea { width: 100%; font: 13px/1.45 ui-monospace, monospace; resize: vertical; }
        button { cursor: pointer; background: var(--raised); } button.primary { background: var(--green); color: var(--back);
          border-color: var(--green); font-weight: 600; }
        :focus-visible { outline: 2px solid var(--blue); outline-offset: 1px; }
        .columns { display: grid; grid-template-columns: 17rem minmax(0, 60rem); gap: 2rem; padding: 1rem 1.2rem 4rem; }
        nav { position: sticky; top: 4rem; align-self: start; max-height: calc(100vh - 5rem); overflow: auto; font-size: 14px; }
        nav h2 { font-size: 12px; letter-spacing: .04em; text-transform: uppercase; color: var(--faint); margin: 1rem 0 .2rem; }
        nav a { display: block; padding: .1rem 0; color: inherit; }
        @media (max-width: 50rem) { .columns { grid-template-columns: minmax(0, 1fr); } nav { display: none; } }
        h2 { margin: 2.2rem 0 .6rem; } h2:first-child { margin-top: .4rem; }
        h4 { margin: 1rem 0 .3rem; }
        details.route { border: 1px solid var(--line); border-radius: 8px; margin: .5rem 0; background: var(--back); }
        details.route > summary { display: flex; gap: .7rem; align-items: baseline; padding: .5rem .8rem; cursor: pointer;
          list-style: none; flex-wrap: wrap; }
        details.route > summary::-webkit-details-marker { display: none; }
        details.route[open] > summary { border-bottom: 1px solid var(--line); background: var(--raised);
          border-radius: 8px 8px 0 0; }
        details.route > div { padding: .2rem .9rem 1rem; }
        .method { font: 600 12px ui-monospace, monospace; min-width: 3.6rem; color: var(--blue); }
        .method.post { color: var(--green); } .method.put, .method.patch { color: var(--amber); }
        .method.delete { color: var(--red); }
        code, pre, .path { font: 13px/1.5 ui-monospace, monospace; }
        .path { overflow-wrap: anywhere; } .what { color: var(--faint); margin-left: auto; }
        code { background: var(--raised); border-radius: 4px; padding: .05rem .25rem; }
        pre { position: relative; background: var(--raised); border: 1px solid var(--line); border-radius: 8px; padding: .7rem;
          overflow: auto; margin: .3rem 0; max-height: 30rem; white-space: pre-wrap; overflow-wrap: anywhere; }
        table { border-collapse: collapse; width: 100%; font-size: 14px; }
        th, td { text-align: left; vertical-align: top; padding: .3rem .6rem .3rem 0; border-bottom: 1px solid var(--line); }
        th { color: var(--faint); font-weight: 500; }
        td.field { white-space: nowrap; } .must { color: var(--red); } .faint { color: var(--faint); }
        tr:target td { background: color-mix(in srgb, var(--amber) 18%, transparent); }
        .row { display: flex; gap: .6rem; flex-wrap: wrap; align-items: center; margin: .4rem 0; }
        .ok { color: var(--green); } .bad { color: var(--red); }

        """
}
