"""The attacks of attack.sh. Attackers are processes of their own; this one is the user."""

import http.client
import json
import multiprocessing
import os
import signal
import socket
import ssl
import struct
import subprocess
import sys
import threading
import time

SECONDS = float(os.environ.get("OBN_ATTACK_SECONDS", "10"))
PROMISED_SECONDS = 1.0
PROMISED_MB = 200
ATTACKERS = 2


def tls(protocol):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_alpn_protocols([protocol])
    return context


def get(path, times=1, host="localhost"):
    return f"GET {path} HTTP/1.1\r\nhost: {host}\r\n\r\n".encode() * times


def begun(method, path, kind, length, body):
    head = f"{method} {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\n\r\n"
    return head.encode() + body


def h2(path, streams, window=0, reset=False, fields=b""):
    """A connection of HTTP/2 that asks for this so many times."""

    def frame(kind, flags, stream, payload):
        return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload

    sent = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(4, 0, 0, struct.pack(">HI", 4, window))
    if window:
        sent += frame(8, 0, 0, struct.pack(">I", 2**31 - 1 - 65535))
    block = b"\x82\x87\x04" + bytes([len(path)]) + path.encode() + b"\x01\x09localhost" + fields
    for number in range(streams):
        sent += frame(1, 5, 2 * number + 1, block)
        if reset:
            sent += frame(3, 0, 2 * number + 1, struct.pack(">I", 8))
    return sent


def attack(address, count, context, payload, drip, small, end):
    """Holds so many connections, sends the payload on each, and begins anew where it is cut off."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    held = {}

    def open_one():
        stream = socket.socket()
        if small:
            stream.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        stream.settimeout(2)
        stream.connect(address)
        if context:
            stream = context.wrap_socket(stream, server_hostname="localhost")
        stream.setblocking(False)
        return stream

    while not end.is_set():
        for number in range(count):
            if end.is_set():
                break
            stream, rest = held.get(number, (None, payload))
            try:
                if stream is None:
                    stream, rest = open_one(), payload
                while rest:
                    sent = stream.send(rest[:65536])
                    rest = rest[sent:]
                if drip:
                    stream.send(drip)
                elif not payload:
                    # Cut off?
                    if stream.recv(1) == b"":
                        raise ConnectionError
                held[number] = (stream, rest)
            except (BlockingIOError, ssl.SSLWantWriteError, ssl.SSLWantReadError):
                held[number] = (stream, rest)
            except (OSError, ValueError):
                if stream is not None:
                    stream.close()
                held[number] = (None, payload)
        time.sleep(0.05)


class Simulator:
    def __init__(self, program, *options):
        arguments = [program, "--listen", "127.0.0.1:0", "--control", "127.0.0.1:0", *options]
        self.process = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        ready = json.loads(self.process.stdout.readline())
        self.portal = ("127.0.0.1", int(ready["portal"].rsplit(":", 1)[1]))
        self.control = ("127.0.0.1", int(ready["control"].rsplit(":", 1)[1]))
        self.notice = ready["sample_notice"]

    def peak(self):
        """Peak resident memory in MB."""
        with open(f"/proc/{self.process.pid}/status") as status:
            line = next(line for line in status if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024 / 1e6

    def call(self, method, path, body=None):
        connection = http.client.HTTPConnection(*self.control, timeout=30)
        headers = {"content-type": "application/json"} if body is not None else {}
        connection.request(method, "/api/v1" + path, body, headers)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        return answer.status, content

    def end(self):
        self.process.terminate()
        self.process.wait()


class User(threading.Thread):
    """Asks again and again, each time on a new connection."""

    def __init__(self, ask, end):
        super().__init__()
        self.ask, self.end, self.times, self.failed = ask, end, [], []
        self.start()

    def run(self):
        while not self.end.is_set():
            begin = time.monotonic()
            try:
                self.ask()
            except Exception as error:  # Whatever it is, the user wasn't served.
                self.failed.append(f"{type(error).__name__}: {error}")
            self.times.append(time.monotonic() - begin)
            time.sleep(0.05)


def fetch(connection, path):
    connection.request("GET", path)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    if answer.status != 200:
        raise ConnectionError(f"{path}: {answer.status} {body[:100]!r}")


def users_of(simulator, end):
    context = tls("http/1.1")

    def portal():
        fetch(http.client.HTTPSConnection(*simulator.portal, timeout=5, context=context), "/p/rcd")

    def control(path):
        return lambda: fetch(http.client.HTTPConnection(*simulator.control, timeout=5), path)

    return {
        "portal": User(portal, end),
        "control": User(control("/api/v1/clock"), end),
        "health": User(control("/healthz"), end),
    }


def judge(name, simulator, users):
    peak = simulator.peak()
    asked = sum(len(user.times) for user in users.values())
    failed = sum(len(user.failed) for user in users.values())
    slowest = {who: max(user.times, default=0) for who, user in users.items()}
    slow = max(slowest.values(), default=0)
    passed = simulator.process.poll() is None and not failed and slow <= PROMISED_SECONDS and peak <= PROMISED_MB
    times = ", ".join(f"{who} {seconds * 1000:.0f}" for who, seconds in slowest.items())
    print(
        f"{'PASS' if passed else 'FAIL'}  {name:<24} served {asked - failed} of {asked}; slowest (ms): {times}; "
        f"peak {peak:.0f} MB",
        flush=True,
    )
    for user in users.values():
        for error in sorted(set(user.failed))[:3]:
            print(f"      {error}")
    return passed


def with_connections(target, count, context=None, payload=b"", drip=b"", small=False, journal=0):
    def run(name, program):
        simulator = Simulator(program)
        connection = http.client.HTTPSConnection(*simulator.portal, timeout=30, context=tls("http/1.1"))
        for _ in range(journal):
            connection.request("GET", "/p/cert")
            connection.getresponse().read()
        end, over = multiprocessing.Event(), threading.Event()
        address = getattr(simulator, target)
        arguments = (address, count // ATTACKERS, context, payload, drip, small, end)
        attackers = [multiprocessing.Process(target=attack, args=arguments) for _ in range(ATTACKERS)]
        for attacker in attackers:
            attacker.start()
        users = users_of(simulator, over)
        time.sleep(SECONDS)
        over.set()
        for user in users.values():
            user.join()
        end.set()
        passed = judge(name, simulator, users)
        for attacker in attackers:
            attacker.join()
        simulator.end()
        return passed

    return run


def large_bodies(name, program):
    """Saved worlds that are none, 57 MB each, at once."""
    simulator = Simulator(program)
    over = threading.Event()
    body = b"[" + b'{"a":0},' * (57_000_000 // 8) + b"0]"
    loads = [threading.Thread(target=lambda: ignore(lambda: simulator.call("PUT", "/world", body))) for _ in range(4)]
    for load in loads:
        load.start()
    users = users_of(simulator, over)
    time.sleep(SECONDS)
    over.set()
    for user in users.values():
        user.join()
    passed = judge(name, simulator, users)
    simulator.process.kill()
    for load in loads:
        load.join()
    return passed


def endless_mail_answer(name, program):
    """A mail server whose first line never ends."""
    server = socket.create_server(("127.0.0.1", 0))
    server.settimeout(1)
    over = threading.Event()

    def endless():
        while not over.is_set():
            try:
                stream, _ = server.accept()
                while not over.is_set():
                    stream.sendall(b"2" * 65536)
            except OSError:
                pass

    mail = threading.Thread(target=endless)
    mail.start()
    simulator = Simulator(program, "--smtp", f"127.0.0.1:{server.getsockname()[1]}")
    revoke(simulator)
    users = users_of(simulator, over)
    time.sleep(SECONDS)
    over.set()
    for user in users.values():
        user.join()
    passed = judge(name, simulator, users)
    mail.join()
    simulator.end()
    return passed


def revoke(simulator):
    """Walks /p/rx to its end and approves, so that there is a mail."""
    import html.parser
    import urllib.parse

    class Fields(html.parser.HTMLParser):
        def __init__(self):
            super().__init__()
            self.fields, self.action = {}, None

        def handle_starttag(self, tag, attributes):
            attributes = dict(attributes)
            if tag == "form" and self.action is None:
                self.action = attributes.get("action")
            if tag in ("input", "button") and attributes.get("name"):
                self.fields.setdefault(attributes["name"], attributes.get("value") or "")

    connection = http.client.HTTPSConnection(*simulator.portal, timeout=30, context=tls("http/1.1"))
    cookie, path, body = None, "/p/rx", None
    for _ in range(4):
        headers = {"cookie": cookie} if cookie else {}
        if body is not None:
            headers["content-type"] = "application/x-www-form-urlencoded"
        connection.request("POST" if body is not None else "GET", path, body, headers)
        answer = connection.getresponse()
        page = answer.read().decode()
        cookie = (answer.getheader("set-cookie") or cookie or "").split(";")[0]
        form = Fields()
        form.feed(page)
        values = {}
        for name, value in form.fields.items():
            low = name.lower()
            if "request" in low:
                value = value or simulator.notice["request_id"]
            elif "reference" in low:
                value = value or simulator.notice["reference_id"]
            elif "mail" in low:
                value = value or "tanto@clinic.example.jp"
            values[name] = value
        path = form.action or path
        body = urllib.parse.urlencode(values)
    status, content = simulator.call("POST", f"/revocations/{simulator.notice['request_id']}/approve")
    if status != 200:
        raise SystemExit(f"no revocation to approve: {content!r}")


def ignore(action):
    try:
        action()
    except (OSError, http.client.HTTPException):
        pass


H1, H2 = tls("http/1.1"), tls("h2")
FORM = begun("POST", "/p/rcd", "application/x-www-form-urlencoded", 100, b"a=")
CALL = begun("POST", "/api/v1/notices", "application/json", 100, b"{")
WORLD = begun("PUT", "/api/v1/world", "application/json", 50_000_000, b" " * 1_000_000)
HEADERS = b"GET /p/rcd HTTP/1.1\r\nhost: localhost\r\n"
# x: 15,000 letters, as a literal by a new name (RFC 7541, 6.2.2).
LARGE_FIELD = b"\x00\x01x\x7f" + bytes([(15_000 - 127) % 128 + 128, (15_000 - 127) // 128]) + b"a" * 15_000

ATTACKS = {
    "portal-silent": with_connections("portal", 2_000),
    "portal-idle-tls": with_connections("portal", 2_000, H1, b"", small=True),
    "portal-unread": with_connections("portal", 1_100, H1, get("/p/s", 200), small=True),
    "portal-headers": with_connections("portal", 1_100, H1, HEADERS, drip=b"x: y\r\n"),
    "portal-bodies": with_connections("portal", 1_100, H1, FORM, drip=b"a"),
    "portal-h2-window-0": with_connections("portal", 1_000, H2, h2("/p/s", 64)),
    "portal-h2-pages": with_connections("portal", 1_000, H2, h2("/p/rcd", 64)),
    "portal-h2-unread": with_connections("portal", 1_000, H2, h2("/p/rcd", 64, 2**31 - 1), small=True),
    "portal-h2-resets": with_connections("portal", 500, H2, h2("/p/rcd", 500, 65_535, reset=True)),
    "portal-h2-headers": with_connections("portal", 1_000, H2, h2("/p/rcd", 64, fields=LARGE_FIELD)),
    "control-silent": with_connections("control", 2_000),
    "control-bodies": with_connections("control", 1_100, None, CALL, drip=b" "),
    "control-worlds": with_connections("control", 1_100, None, WORLD),
    "control-streams": with_connections("control", 1_100, None, get("/api/v1/journal/stream"), small=True, journal=2_000),
    "control-long-polls": with_connections(
        "control", 1_100, None, get("/api/v1/journal?wait=9999999h&outcome=never"), journal=2_000
    ),
    "control-unread-journal": with_connections(
        "control", 1_100, None, get("/api/v1/journal", 20), small=True, journal=5_000
    ),
    "control-unread-lists": with_connections("control", 1_100, None, get("/api/v1/profile/keys", 20), small=True),
    "control-h2-window-0": with_connections("control", 1_000, None, h2("/api/v1/openapi.json", 64)),
    "control-h2-journal": with_connections("control", 1_000, None, h2("/api/v1/journal", 64), journal=5_000),
    "control-saves": with_connections("control", 1_100, None, get("/api/v1/world", 20), small=True, journal=2_000),
    "control-large-bodies": large_bodies,
    "mail-endless-answer": endless_mail_answer,
}


def main():
    program, names = sys.argv[1], sys.argv[2:] or list(ATTACKS)
    unknown = [name for name in names if name not in ATTACKS]
    if unknown:
        raise SystemExit(f"no such attack: {' '.join(unknown)}; there are: {' '.join(ATTACKS)}")
    results = [ATTACKS[name](name, program) for name in names]
    print(f"{sum(results)} of {len(results)} attacks held: users served within {PROMISED_SECONDS:.0f} s, below {PROMISED_MB} MB")
    raise SystemExit(0 if all(results) else 1)


if __name__ == "__main__":
    main()
