"""The commands obn-ca, obn and obn-conformance: one file, which goes by the name that it is called by."""

import os
import subprocess
import sys

from . import program


def _run(name):
    command = [name, *sys.argv[1:]]
    if os.name != "nt":
        os.execv(program(), command)
    with subprocess.Popen(command, executable=program()) as process:
        while True:
            try:
                sys.exit(process.wait())
            except KeyboardInterrupt:
                pass  # the program has seen it as well, and ends in its own time


def simulator():
    _run("obn-ca")


def client():
    _run("obn")


def harness():
    _run("obn-conformance")
