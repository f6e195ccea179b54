"""Runs every example, and every row of the error table, of the founding page against a fresh playground.

    main.py <openwa> [--page <the page, to see that none of its examples is missing here>]

Each check has a name; the last line counts them.
"""

import argparse
import pathlib
import sys
import traceback

import errors
import examples
import sends
from playground import Playground


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("openwa")
    arguments.add_argument("--page", type=pathlib.Path)
    arguments = arguments.parse_args()

    checks = sends.checks + errors.checks + [("no phone saw anything a real one would not have put up with", no_violations)]
    failed = 0
    with Playground(arguments.openwa) as playground:
        print(f"   the playground listens at {playground.base}; BASE, API_KEY and SESSION are set to its own")
        if arguments.page:
            checks = [("every command of the page is run here", lambda _: nothing_missing(arguments.page))] + checks
        for name, check in checks:
            try:
                check(playground)
                print(f"ok   {name}")
            except Exception as error:
                failed += 1
                print(f"FAIL {name}: {error or type(error).__name__}")
                if not isinstance(error, AssertionError):
                    traceback.print_exc()
    print(f"{len(checks) - failed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


def no_violations(playground):
    violations = playground.violations()["violations"]
    assert not violations, violations


def nothing_missing(page):
    missing = examples.missing_from(page)
    assert not missing, f"not run: {missing}"


if __name__ == "__main__":
    main()
