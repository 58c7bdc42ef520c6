"""Workers: each on a machine of its own, with a folder that outlives it."""

import glob
import os
import signal
import subprocess
import time

from server import UNTIL_WE_END

AWAY = 75


class Worker:
    """A `labwatch run`, or a program on the library (worker.c). Started again whenever it was killed."""

    def __init__(self, name, kind, experiment, folder, url, seed, programs, work_ms, elsewhere, clock):
        self.name = name
        self.kind = kind
        self.experiment = experiment
        self.folder = os.path.join(folder, name)
        self.url = url
        self.seed = seed
        self.programs = programs
        self.work_ms = work_ms
        self.elsewhere = elsewhere
        self.clock = clock
        self.starts = 0
        self.process = None
        self.is_done = False
        self.is_stopped = False
        self.expected = ()  # codes that it may end with
        self.start_after = 0.0
        self.failures = []
        self.spool = os.path.join(self.folder, "spool")
        os.makedirs(self.spool, mode=0o700)

    def environment(self):
        journal = os.path.join(self.folder, "objective.journal")
        environment = dict(os.environ, LABWATCH_STORE=self.url, LABWATCH_SPOOL=self.spool, CHAOS_JOURNAL=journal,
                           CHAOS_WORK_MS=str(self.work_ms))
        if self.elsewhere:
            environment.update(LD_PRELOAD=self.programs["elsewhere"], CHAOS_HOST=self.name, CHAOS_CLOCK=str(self.clock))
        return environment

    def command(self):
        if self.kind == "run":
            return [self.programs["labwatch"], "run", self.experiment, "-j", "2"]
        return [self.programs["worker"], self.url, self.experiment, self.spool,
                os.path.join(self.folder, f"worker-{self.starts}.journal"), str(self.seed * 1000 + self.starts),
                str(self.work_ms)]

    def start(self):
        self.starts += 1
        with open(os.path.join(self.folder, f"{self.starts}.err"), "wb") as err:
            self.process = subprocess.Popen(UNTIL_WE_END + self.command(), env=self.environment(), cwd=self.folder,
                                            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=err,
                                            start_new_session=True)
        self.expected = ()

    def is_running(self):
        return self.process is not None and self.process.poll() is None

    def signal(self, number, expected):
        """Sends it a signal, after which it may end in one of these ways."""
        self.expected = expected
        self.process.send_signal(number)

    def stop(self):
        self.is_stopped = True
        self.process.send_signal(signal.SIGSTOP)

    def go_on(self):
        self.is_stopped = False
        self.process.send_signal(signal.SIGCONT)

    def look(self):
        """What became of it; starts it again unless it says that all is done."""
        if self.is_done or self.is_running():
            return
        if self.process is not None:
            code, self.process = self.process.returncode, None
            if code == 0 and not self.expected:
                self.is_done = True
                return
            if code == AWAY:
                self.start_after = time.monotonic() + 0.2
            elif code not in self.expected:
                self.failures.append(f"{self.name} ended with {code}: {self.last_words()}")
                self.is_done = True
                return
        if time.monotonic() >= self.start_after:
            self.start()

    def last_words(self):
        with open(os.path.join(self.folder, f"{self.starts}.err"), errors="replace") as err:
            return err.read()[-2000:]

    def n_spooled(self):
        return len([f for f in glob.glob(os.path.join(self.spool, "**"), recursive=True) if os.path.isfile(f)])

    def kill(self):
        if self.is_running():
            self.process.kill()
            self.process.wait()
