"""Plays mutants of the Python client without a start of Python for each, which takes longer than most plays.

    mutants_server.py serve FOLDER        imports FOLDER/mutants.py, says where its socket is, and forks for each who asks
    mutants_server.py play SOCKET MUTANT  asks, and ends as the fork ends

The fork takes over streams, folder, environment and process group of who asked, so that the harness watches and kills it
as if it had started it. The server ends with its standard input.
"""

import sys

WORD = b"\0"


def play(path, mutant):
    # Only what is there without a search: this is what starts for each play.
    import _socket
    import posix

    asked = _socket.socket(_socket.AF_UNIX)
    asked.connect(path)
    environment = [name + b"=" + value for name, value in posix.environ.items()]
    words = [mutant.encode(), posix.getcwd().encode(), b"%d" % posix.getpgid(0), *environment]
    streams = b"".join(number.to_bytes(4, sys.byteorder) for number in (0, 1, 2))
    sent = asked.sendmsg([WORD], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, streams)])
    assert sent == len(WORD)
    rest = WORD.join(words)
    while rest:
        rest = rest[asked.send(rest):]
    asked.shutdown(_socket.SHUT_WR)
    status = asked.recv(1)
    if not status:
        posix.write(2, b"the fork ended without a status\n")
    posix._exit(status[0] if status else 70)


def serve(folder):
    import gc
    import os
    import shutil
    import signal
    import tempfile

    sys.path.insert(0, folder)
    sys.dont_write_bytecode = True
    import mutants

    # What is there stays as it is, also in the forks.
    gc.freeze()
    gc.disable()
    # Nobody waits for the forks.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    # Not a TemporaryDirectory, which each fork would delete at its end.
    place = tempfile.mkdtemp(prefix="obn")
    try:
        listen(os.path.join(place, "socket"), mutants)
    finally:
        shutil.rmtree(place)


def listen(path, mutants):
    import os
    import select
    import signal
    import socket

    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen(64)
        print(path, flush=True)
        while sys.stdin not in select.select([listener, sys.stdin], [], [])[0]:
            asked, _ = listener.accept()
            if os.fork() == 0:
                listener.close()
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                fork(asked, mutants)
            asked.close()


def fork(asked, mutants):
    import atexit
    import os
    import socket
    import tempfile
    import traceback

    status = 1
    try:
        _, streams, _, _ = socket.recv_fds(asked, len(WORD), 3)
        message = b""
        while part := asked.recv(65536):
            message += part
        mutant, folder, group, *environment = message.split(WORD)
        os.setpgid(0, int(group))
        for number, stream in enumerate(streams):
            os.dup2(stream, number)
            os.close(stream)
        os.chdir(folder)
        os.umask(0o022)
        os.environ.clear()
        os.environ.update(os.fsdecode(one).split("=", 1) for one in environment)
        # It was found for the server.
        tempfile.tempdir = None
        status = mutants.main(mutant.decode())
    except SystemExit as end:
        status = end.code or 0
    except BaseException:
        traceback.print_exc()
    finally:
        # Nothing may go on from here in the server's place.
        try:
            # What a program of its own would do at its end, such as deleting temporary folders.
            atexit._run_exitfuncs()
            sys.stdout.flush()
            sys.stderr.flush()
            asked.send(bytes([status]))
        finally:
            os._exit(status)


if __name__ == "__main__":
    {"serve": serve, "play": play}[sys.argv[1]](*sys.argv[2:])
