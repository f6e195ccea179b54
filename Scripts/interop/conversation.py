"""Holds the conversation with one library in a process of its own, so that nothing of one library can touch another."""

import asyncio
import json
import sys

from dialogue import Report, hold
from simulator import Control


def adapter_class(library):
    if library == "pyaileys":
        from pyaileys_adapter import PyaileysAdapter

        return PyaileysAdapter
    from waeys_adapter import WaeysAdapter

    return WaeysAdapter


def main():
    job = json.loads(sys.argv[1])
    make = adapter_class(job["library"])
    root_key = bytes.fromhex(job["rootKey"])
    report = Report()
    asyncio.run(
        hold(
            job["name"],
            lambda: make(job["url"], root_key, job["folder"]),
            Control(job["control"]),
            job["numbers"],
            report,
        )
    )
    sys.exit(1 if report.failed else 0)


if __name__ == "__main__":
    main()
