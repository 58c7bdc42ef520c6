"""A MongoDB server that can be killed and comes back with what it had on its disk."""

import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.parse


# Nothing stays behind when this program is killed.
UNTIL_WE_END = ["setpriv", "--pdeathsig", "KILL"]


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def url(server, host, port, database, options=""):
    """The database on that server, at an address that leads there."""
    user = server.user + "@" if server.user else ""
    words = [word for word in (server.options, "directConnection=true", options) if word]
    return f"mongodb://{user}{host}:{port}/{database}?{'&'.join(words)}"


class GivenServer:
    """A server that somebody else has started. One member of a replica set is asked directly."""

    can_be_killed = False

    def __init__(self, uri):
        self.name = "a given server"
        parts = urllib.parse.urlsplit(uri)
        if parts.scheme != "mongodb" or "," in parts.netloc:
            raise RuntimeError("LABWATCH_TEST_MONGO_URI: only mongodb://HOST:PORT can have a proxy before it")
        self.host, self.port = parts.hostname, parts.port or 27017
        self.user = parts.netloc.rpartition("@")[0]
        self.options = parts.query

    def start(self):
        pass

    def stop(self):
        pass


class Server:
    """mongod where it is on the PATH, otherwise the server for tests (tests/mongo-server) in a file."""

    can_be_killed = True
    host, user, options = "127.0.0.1", "", ""

    def __init__(self, folder, sources, built):
        self.folder = folder
        self.port = free_port()
        self.kills = 0
        os.makedirs(folder, exist_ok=True)
        if shutil.which("mongod"):
            self.name = "mongod"
            os.makedirs(os.path.join(folder, "data"))
            self.command = ["mongod", "--dbpath", os.path.join(folder, "data"), "--bind_ip", "127.0.0.1", "--port",
                            str(self.port)]
            self.sign = "Waiting for connections"
        else:
            self.name = "the server for tests"
            self.command = ["sh", os.path.join(sources, "run.sh"), built, str(self.port), os.path.join(folder, "store")]
            self.sign = "ready "
        self.process = None

    def start(self):
        """Returns when it listens."""
        path = os.path.join(self.folder, f"log-{self.kills}")
        with open(path, "wb") as log:
            self.process = subprocess.Popen(UNTIL_WE_END + self.command, stdin=subprocess.DEVNULL, stdout=log,
                                            stderr=log, start_new_session=True)
        while True:
            with open(path, errors="replace") as log:
                text = log.read()
            if self.sign in text:
                return
            if self.process.poll() is not None:
                raise RuntimeError(f"the server did not start: {text}")
            time.sleep(0.05)

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.kills += 1

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
