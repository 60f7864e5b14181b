"""The dispatcher: one per worker. It forks a supervisor for each job and never runs a job itself.

JSON lines. In: {op: "run", id, …job}, {op: "kill", id}, {op: "renew"}. Out: {ev: "ready", why},
{ev: "exit", id, …}, {ev: "ending"}. When stdin ends, its owner is gone: all jobs are killed, then it ends.
"""

import json
import os
import select
import signal
import traceback

from accord.processes import adopt_orphans, kill_descendants, reap
from accord.supervisor import KILL, ORPHAN, RENEW, supervise

HANDLED = (signal.SIGCHLD, signal.SIGTERM)


class Dispatcher:
    def __init__(self):
        self._requests, self._answers = os.dup(0), os.dup(1)
        # Nothing that a library prints may get between the lines of the protocol.
        nowhere = os.open(os.devnull, os.O_RDWR)
        os.dup2(nowhere, 0)
        os.dup2(nowhere, 1)
        self._jobs = {}
        self._dead = set()
        self._warm = None
        self._unread = b""
        self._ending = False

    def serve(self, *warm):
        """Serve until stdin ends or SIGTERM comes. Does not return."""
        adopt_orphans()
        os.chdir("/")
        self._answer(ev="ready", why=self._warm_up(*warm) if warm else "cold")
        self._wake = self._wake_descriptor()
        while self._jobs or not self._ending:
            watched = [self._wake] if self._ending else [self._wake, self._requests]
            ready = select.select(watched, [], [])[0]
            if self._wake in ready and signal.SIGTERM in os.read(self._wake, 4096):
                self._end()
            if self._requests in ready:
                self._read_requests()
            self._collect()
        if self._warm is not None:
            self._warm.close()
        os._exit(0)

    def _warm_up(self, command, callbacks):
        """Import Ansible. Returns why that cannot be, if it cannot: jobs are then run cold."""
        try:
            from accord.warm import Warm

            self._warm = Warm(command, callbacks)
        except Exception as error:
            return f"{type(error).__name__}: {error}"
        return None

    def _wake_descriptor(self):
        reader, writer = os.pipe()
        os.set_blocking(reader, False)
        os.set_blocking(writer, False)
        signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
        for signum in HANDLED:
            signal.signal(signum, lambda *_: None)
        # Ctrl-C at a terminal is for the owner, which ends us in order.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        return reader

    def _read_requests(self):
        data = os.read(self._requests, 65536)
        if not data:
            self._end()
            return
        *lines, self._unread = (self._unread + data).split(b"\n")
        for line in lines:
            request = json.loads(line)
            match request.pop("op"):
                case "run":
                    self._run(request)
                case "kill":
                    self._tell(request["id"], KILL)
                case "renew":
                    for name in self._jobs:
                        self._tell(name, RENEW)

    def _run(self, job):
        control_end, control = os.pipe()
        report, report_end = os.pipe()
        me = os.getpid()
        # Until the child has handlers of its own, it must not act on a signal with ours.
        signal.pthread_sigmask(signal.SIG_BLOCK, HANDLED)
        try:
            pid = os.fork()
            if pid == 0:
                self._become_supervisor(job, control_end, report_end, me)
        except OSError as error:
            os.close(control)
            os.close(report)
            self._answer(ev="exit", id=job["id"], reason="unstarted", error=str(error))
            return
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, HANDLED)
            os.close(control_end)
            os.close(report_end)
        self._jobs[job["id"]] = {"pid": pid, "control": control, "report": report}

    def _become_supervisor(self, job, control, report, dispatcher):
        try:
            for descriptor in self._descriptors():
                os.close(descriptor)
            supervise(job, control, report, dispatcher, self._warm)
        except BaseException:
            os.write(2, traceback.format_exc().encode())
        finally:
            os._exit(252)

    def _descriptors(self):
        """What a supervisor must not inherit: who holds a pipe keeps its other end from seeing the end of file."""
        yield from (self._requests, self._answers, self._wake)
        for job in self._jobs.values():
            yield from (job["control"], job["report"])

    def _tell(self, name, byte):
        job = self._jobs.get(name)
        if job is None:
            return
        try:
            os.write(job["control"], byte)
        except BrokenPipeError:
            # It is just ending.
            pass

    def _collect(self):
        """Answer for the supervisors that have ended, and kill what a killed one has left to us."""
        self._dead.update(pid for pid, _ in reap())
        while ended := [name for name, job in self._jobs.items() if job["pid"] in self._dead]:
            supervisors = {job["pid"] for job in self._jobs.values()}
            kill_descendants(os.getpid(), without=supervisors, on_death=self._dead.add)
            for name in ended:
                job = self._jobs.pop(name)
                report = os.read(job["report"], 65536)
                os.close(job["report"])
                os.close(job["control"])
                self._answer(ev="exit", id=name, **(json.loads(report) if report else {"reason": "unsupervised"}))
        self._dead.clear()

    def _end(self):
        """Take no more jobs, and have those that run killed."""
        self._ending = True
        self._answer(ev="ending")
        for name in self._jobs:
            self._tell(name, ORPHAN)

    def _answer(self, **message):
        try:
            os.write(self._answers, (json.dumps(message) + "\n").encode())
        except BrokenPipeError:
            # The owner is gone; the end of stdin says so too.
            pass
