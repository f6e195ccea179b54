"""The page's examples, run by a shell exactly as printed."""

import json
import os
import pathlib
import subprocess

folder = pathlib.Path(__file__).parent / "examples"

# `curl` as printed says neither its status nor hides its progress: a configuration file of its own makes it.
curl_configuration = 'silent\nshow-error\nwrite-out = "\\n%{http_code}"\n'


def run(playground, name, substitutions=None):
    """Runs `examples/<name>.sh`; returns status and parsed body. Each substitution made is printed."""
    command = (folder / f"{name}.sh").read_text()
    for printed, actual in (substitutions or {}).items():
        assert printed in command, f"{name}.sh holds no {printed}"
        command = command.replace(printed, actual)
        print(f"      substituted in {name}: {printed} -> {actual}")
    (playground.folder / ".curlrc").write_text(curl_configuration)
    environment = os.environ | {
        "BASE": playground.base, "API_KEY": playground.api_key, "SESSION": playground.session,
        "CURL_HOME": str(playground.folder),
    }
    done = subprocess.run(["bash", "-c", command], env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, f"{name}.sh ended with {done.returncode}: {done.stderr}"
    body, _, status = done.stdout.rpartition("\n")
    return int(status), json.loads(body) if body else None


def missing_from(page):
    """The `curl` commands of a page that are none of the examples: for whoever has the page at hand."""
    known = {squeezed(path.read_text()) for path in folder.glob("*.sh")}
    return [command for command in commands(page.read_text()) if squeezed(command) not in known]


def commands(text):
    """Every command on a page that begins with `curl` and ends where its quotes and continuations do."""
    found, current = [], None
    for line in text.splitlines():
        if current is None and line.startswith("curl "):
            current = []
        if current is not None:
            current.append(line)
            joined = "\n".join(current)
            if joined.count("'") % 2 == 0 and not line.rstrip().endswith("\\"):
                found.append(joined)
                current = None
    return found


def squeezed(command):
    """White space between words does not matter to a shell or to JSON."""
    return "".join(command.split())
