"""Opens PFX files with Python's cryptography: a line `path TAB password` each; answers with a line each."""

import sys
import warnings

from cryptography.hazmat.primitives.serialization import pkcs12

warnings.simplefilter("ignore")
for line in sys.stdin.buffer:
    path, password = line.decode().rstrip("\n").split("\t")
    try:
        with open(path, "rb") as file:
            key, certificate, _ = pkcs12.load_key_and_certificates(file.read(), password.encode())
        print("opens" if key and certificate else "nothing inside", flush=True)
    except Exception as error:
        print(str(error).replace("\n", " ")[:100] or type(error).__name__, flush=True)
