#!/usr/bin/env python3
"""How large each package is, and how long each program takes to start: the middle of eleven tries, in a table.

    packaging/sizes.py DIST [PLATFORM=FOLDER …]

DIST is what packaging/build.sh has made; FOLDER holds programs that this machine can start, such as x86_64-linux=dist/build/amd64.
obn-ca has started when it says that it is ready, the others when they have told their version.
"""

import pathlib
import statistics
import subprocess
import sys
import time

TRIES = 11


def ready(program):
    command = [program, "--listen", "127.0.0.1:0", "--control", "127.0.0.1:0"]
    began = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        line = process.stdout.readline()
        took = time.perf_counter() - began
        process.terminate()
    if not line:
        sys.exit(f"{program} ended before it was ready")
    return took


def told(program):
    began = time.perf_counter()
    subprocess.run([program, "--version"], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


def main(dist, *places):
    print("| file | MB |\n|---|---|")
    for path in sorted(pathlib.Path(dist).iterdir()):
        if path.is_file() and path.suffix in {".gz", ".zip", ".whl", ".tgz"}:
            print(f"| {path.name} | {path.stat().st_size / 1e6:.1f} |")
    for path in sorted(pathlib.Path(dist).glob("build/*/obn-ca*")):
        print(f"| {path.relative_to(dist)} | {path.stat().st_size / 1e6:.1f} |")
    if places:
        print("\n| started | ms |\n|---|---|")
    for place in places:
        platform, _, folder = place.partition("=")
        for name, start in [("obn-ca", ready), ("obn", told), ("obn-conformance", told)]:
            program = str(pathlib.Path(folder) / name)
            took = statistics.median(start(program) for _ in range(TRIES))
            print(f"| {name}, {platform} | {took * 1000:.0f} |")


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    main(*sys.argv[1:])
