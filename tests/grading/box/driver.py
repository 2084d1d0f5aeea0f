"""Runs every case in a plain box and in a zygote's child, as whoever starts this file; tells the results in JSON.

A program of its own, so that the same cases can be run by an ordinary user too. Reads a JSON object of names for the
cases and prints one of results: `{"<where>: <case>": {reason, said, left}}`.
"""

from __future__ import annotations

import json
import os
import sys
import textwrap

from coursekit.grading.box import BoxError, Limits, Zygote, run_in_box
from coursekit.grading.box.watch import Watch
from tests.grading.box.cases import CASES, PRELUDE
from tests.grading.box.users import descriptors


def tree() -> set[int]:
    return set(Watch(os.getpid(), Limits()).processes())


def main() -> None:
    names = json.load(sys.stdin)
    known = PRELUDE + "".join(f"{name} = {value!r}\n" for name, value in names.items())
    results: dict[str, object] = {"user": os.geteuid()}
    with Zygote.start() as zygote:
        before = tree()
        for name, case in CASES.items():
            source = known + textwrap.dedent(case.source)
            limits = Limits(**case.limits)
            script = "import json\ndef say(value): print(json.dumps(value), flush=True)\n" + source
            ran = run_in_box([sys.executable, "-I", "-c", script], limits=limits)
            said = [json.loads(line) for line in ran.stdout.splitlines()]
            results[f"plain: {name}"] = {
                "reason": ran.reason,
                "said": said,
                "left": len(tree() - before),
                "told": ran.stderr.decode(errors="replace")[-2000:],
            }
            child = zygote.child(limits=limits, argument="def say(value): tell(value)\n" + source)
            said = []
            try:
                while True:
                    said.append(json.loads(child.receive(30)))
            except (OSError, BoxError):
                pass
            usage = child.wait()
            results[f"zygote: {name}"] = {
                "reason": usage.reason,
                "said": said,
                "left": len(tree() - before),
                "told": "",
            }
        open_files = descriptors()
        for _ in range(5):
            zygote.child(entry="coursekit.grading.box.entries:nothing").wait()
        results["descriptors"] = descriptors() - open_files
    results["left at the end"] = len(tree()) - 1
    print(json.dumps(results))


if __name__ == "__main__":
    main()
