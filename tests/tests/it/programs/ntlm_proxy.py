"""A proxy that knows CONNECT and NTLM only; pyspnego checks the response. Users: see NTLM_USER_FILE of pyspnego."""

import base64
import contextlib
import socket
import threading

import spnego


def head(connection):
    received = b""
    while not received.endswith(b"\r\n\r\n"):
        byte = connection.recv(1)
        if not byte:
            return None
        received += byte
    lines = received.decode().split("\r\n")
    fields = (line.split(": ", 1) for line in lines[1:] if line)
    return lines[0].split(" "), {name.lower(): value for name, value in fields}


def pump(source, sink):
    # Either end may be gone first.
    with contextlib.suppress(OSError):
        while part := source.recv(65536):
            sink.sendall(part)
        sink.shutdown(socket.SHUT_WR)


def tunnel(connection, target):
    host, port = target.rsplit(":", 1)
    site = socket.create_connection((host.strip("[]"), int(port)))
    connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
    threading.Thread(target=pump, args=(site, connection), daemon=True).start()
    pump(connection, site)


def serve(connection):
    context = None
    while request := head(connection):
        (method, target, _), fields = request
        scheme, _, token = fields.get("proxy-authorization", "").partition(" ")
        offer = "NTLM"
        if method == "CONNECT" and scheme == "NTLM":
            context = context or spnego.server(protocol="ntlm")
            try:
                answer = context.step(base64.b64decode(token))
                if context.complete:
                    print("opened for", context.client_principal, flush=True)
                    return tunnel(connection, target)
                offer += " " + base64.b64encode(answer).decode()
            except spnego.exceptions.SpnegoError as error:
                print("refused:", type(error).__name__, flush=True)
                context = None
        elif scheme:
            print("told by", scheme, flush=True)
        text = "Please log in."
        connection.sendall(
            "HTTP/1.1 407 Proxy Authentication Required\r\n"
            f"Proxy-Authenticate: {offer}\r\nContent-Length: {len(text)}\r\n\r\n{text}".encode()
        )


listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
while True:
    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
