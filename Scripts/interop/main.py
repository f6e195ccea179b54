"""Points client libraries written by others at `openwa simulate`: unmodified, given only the URL and the root key."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from simulator import Simulator

# (name, library, which URL, numbers: own, peer's and friend's)
CONVERSATIONS = [
    ("pyaileys", "pyaileys", "ws", ["628550000001", "628550000002", "628550000003"]),
    ("pyaileys over wss", "pyaileys", "wss", ["628550000011", "628550000012", "628550000013"]),
    ("waeys", "waeys", "ws", ["628550000021", "628550000022", "628550000023"]),
    ("waeys over wss", "waeys", "wss", ["628550000031", "628550000032", "628550000033"]),
]

# How many steps a conversation has (dialogue.py).
STEPS = 33


def hold(job, environment, log):
    """Holds one conversation in a process of its own and prints its steps; returns whether each passed.

    The authority of the simulator's certificate is all that `wss` needs: Python's TLS reads it from the environment.
    """
    command = [sys.executable, str(Path(__file__).with_name("conversation.py")), json.dumps(job)]
    done = []
    with log.open("w") as file, subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=file, text=True, env=environment
    ) as process:
        for line in process.stdout:
            if line.startswith(("PASS  ", "FAIL  ")):
                print(line, end="", flush=True)
                done.append(line.startswith("PASS  "))
            elif line.startswith("NOTE  "):
                print(line, end="", flush=True)
            else:
                file.write(line)
        process.wait()
    return done


def main():
    passed = failed = 0
    logs = Path(sys.prefix).parent
    only = os.environ.get("ONLY")
    with Simulator(sys.argv[1]) as simulator, tempfile.TemporaryDirectory() as folder:
        ready = simulator.ready
        print(f"Simulator on {ready['ws']} and {ready['wss']}, root key {ready['rootKey']}", flush=True)
        for name, library, scheme, numbers in CONVERSATIONS:
            if only and only not in name:
                continue
            job = {
                "name": name,
                "library": library,
                "url": ready[scheme],
                "rootKey": ready["rootKey"],
                "control": ready["control"],
                "folder": str(Path(folder) / name.replace(" ", "-")),
                "numbers": numbers,
            }
            log = logs / (name.replace(" ", "-") + ".log")
            done = hold(job, dict(os.environ, SSL_CERT_FILE=ready["certificateFile"]), log)
            passed += done.count(True)
            failed += done.count(False) + (STEPS - len(done))
            for _ in range(STEPS - len(done)):
                print(f"FAIL  {name}: a step that was not reached")
            if not all(done) or len(done) < STEPS:
                print(f"      what the library itself said is in {log}")
        counters = simulator.control.counters()
        for violation in simulator.control.violations():
            print(f"Violation: {violation['kind']}: {violation['text']}")
        print("Simulator counters: " + json.dumps(counters))
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
