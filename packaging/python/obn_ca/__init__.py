"""A simulator of cert.obn.managedpki.ne.jp for tests: one process, and a world of its own for each test.

    with obn_ca.Simulator() as simulator, simulator.world() as world:
        notice = world.issue(terminal_name="受付1号機")
        ...  # your program downloads from world.portal, trusting world.root_file
        world.advance("181d")

In pytest the fixture ``obn_ca`` is such a world.
"""

import json
import os
import pathlib
import subprocess
import tempfile
import urllib.request
import uuid

__all__ = ["Simulator", "World", "program"]

_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def program():
    """The path of the program that came with this package; OBN_CA names another."""
    own = pathlib.Path(__file__).parent / "bin" / ("obn-ca.exe" if os.name == "nt" else "obn-ca")
    return os.environ.get("OBN_CA") or str(own)


class Simulator:
    """The simulator as a process, on free ports of this machine. ``options`` are those of ``obn-ca``."""

    def __init__(self, *options):
        arguments = ["--listen", "127.0.0.1:0", "--control", "127.0.0.1:0", "--no-sample", *options]
        self._process = subprocess.Popen(
            ["obn-ca", *arguments], executable=program(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE
        )
        line = self._process.stdout.readline()  # it says that the simulator is ready
        if not line:
            raise RuntimeError(f"obn-ca ended with status {self._process.wait()}")
        ready = json.loads(line)
        #: URL of the portal, for the world ``default``.
        self.portal = ready["portal"]
        #: URL of the control API.
        self.control = ready["control"]

    def world(self, name=None, **more):
        """A new world, on a port of its own; ``more`` is what ``POST /worlds`` takes, such as ``seed`` and ``profile``."""
        return World(self, name or "t" + uuid.uuid4().hex[:12], more)

    def call(self, method, path, body=None):
        """A call of the control API: what it answers, as JSON or, otherwise, as text."""
        data = None if body is None else json.dumps(body).encode()
        headers = {} if body is None else {"Content-Type": "application/json"}
        request = urllib.request.Request(f"{self.control}/api/v1{path}", data, headers, method=method)
        with _DIRECT.open(request) as answer:
            text = answer.read().decode()
            is_json = answer.headers.get_content_type().endswith("json")
        return json.loads(text) if is_json and text else text

    def stop(self):
        """Ends it."""
        self._process.terminate()
        self._process.wait()
        self._process.stdout.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


class World:
    """A site with a CA, a clock, notices and faults of its own."""

    def __init__(self, simulator, name, more):
        self._simulator = simulator
        self._folder = None
        #: Its name.
        self.name = name
        made = simulator.call("POST", "/worlds", {"name": name, "listen": "127.0.0.1:0", **more})
        #: URL of its portal; append /p/rcd and the like.
        self.portal = made["portal"]
        #: URL below which control steers it.
        self.control = f"{simulator.control}/api/v1/worlds/{name}"

    def call(self, method, path, body=None):
        """A call of the control API about this world, such as ``call("GET", "/journal")``."""
        return self._simulator.call(method, f"/worlds/{self.name}{path}", body)

    @property
    def root(self):
        """The certificate that its TLS is to be trusted by, as PEM."""
        return self.call("GET", "/root.pem")

    @property
    def root_file(self):
        """The same as a file, for programs that want one."""
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="obn-ca-")
            (pathlib.Path(self._folder.name) / "root.pem").write_text(self.root, encoding="ascii")
        return str(pathlib.Path(self._folder.name) / "root.pem")

    def issue(self, institution_code="0110119153", terminal_name="受付1号機", **more):
        """An issue notice (発行通知書): the IDs to download a certificate with, its days, its serial number."""
        body = {"institution_code": institution_code, "terminal_name": terminal_name, **more}
        return self.call("POST", "/notices", body)

    @property
    def now(self):
        """What its clock shows (RFC 3339)."""
        return self.call("GET", "/clock")["now"]

    def freeze(self, now):
        """Its clock stands at this time (RFC 3339)."""
        self.call("PUT", "/clock", {"now": now, "mode": "frozen"})

    def advance(self, by):
        """So much time goes by, such as ``"181d"``."""
        self.call("POST", "/clock/advance", {"by": by})

    def delete(self):
        """The end of it."""
        self._simulator.call("DELETE", f"/worlds/{self.name}")
        if self._folder is not None:
            self._folder.cleanup()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.delete()
