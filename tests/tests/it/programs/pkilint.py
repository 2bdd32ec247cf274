"""Lints certificates and revocation lists: a line `kind TAB path TAB what it is` each; answers with a line a finding."""

import contextlib
import csv
import io
import sys

from pkilint.bin import lint_crl, lint_pkix_cert

for line in sys.stdin:
    kind, path, what = line.rstrip("\n").split("\t")
    lint, options = (lint_crl.main, ["-t", "CRL", "-p", "PKIX"]) if kind == "crl" else (lint_pkix_cert.main, [])
    told = io.StringIO()
    with contextlib.redirect_stdout(told):
        status = lint(["lint", *options, "-s", "NOTICE", "-f", "CSV", path])
    if status and not told.getvalue().strip():
        print(what, "could not be read", sep=" | ")
    for finding in csv.DictReader(io.StringIO(told.getvalue())):
        print(what, *finding.values(), sep=" | ")
