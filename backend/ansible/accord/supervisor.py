"""One supervisor per job: it starts the job, ends it when it must end, and leaves no process behind.

The dispatcher holds the other end of `control`. The byte RENEW says that the owner lives, KILL that the job is to end,
ORPHAN that the owner is gone; end of file, that the dispatcher is.
"""

import json
import os
import select
import shutil
import signal
import time

from accord.job import become_job
from accord.processes import adopt_orphans, die_with, kill_descendants, reap, send

RENEW, KILL, ORPHAN = b"r", b"k", b"o"
SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


def supervise(job, control, report, dispatcher, warm):
    """Run `job` to its end and write what became of it to `report`. Does not return."""
    die_with(dispatcher, signal.SIGTERM)
    adopt_orphans()
    os.setsid()
    wake = _signals_as_bytes()
    started = time.monotonic()
    me = os.getpid()
    way, way_end = os.pipe()
    main = os.fork()
    if main == 0:
        become_job(job, me, warm, way_end)
    os.close(way_end)
    status, reason = _watch(job, main, control, wake, started)
    killed, left = kill_descendants(me)
    if job.get("scratch"):
        shutil.rmtree(job["scratch"], ignore_errors=True)
    code = os.waitstatus_to_exitcode(status)
    times = os.times()
    outcome = {
        "code": code if code >= 0 else None,
        "signal": signal.Signals(-code).name if code < 0 else None,
        "reason": reason,
        "wallMs": round((time.monotonic() - started) * 1000),
        "cpuMs": round((times.children_user + times.children_system) * 1000),
        "cold": os.read(way, 4096).decode() or None,
        "killed": len(killed),
        "left": len(left),
    }
    try:
        os.write(report, json.dumps(outcome).encode())
    except BrokenPipeError:
        # The dispatcher is dead: nobody is left to be told.
        pass
    os._exit(0)


def _watch(job, main, control, wake, started):
    """Wait for the end of `main`. Returns its status, and why it was ended, if it was."""
    renewals = job.get("renewSeconds")
    timeout = job.get("timeoutSeconds")
    timeout_at = started + timeout if timeout else None
    renew_by = started + renewals if renewals else None
    kill_at, reason = None, None
    while True:
        now = time.monotonic()
        due = [at for at in (timeout_at, renew_by, kill_at) if at is not None]
        readable = [wake] if control is None else [wake, control]
        ready = select.select(readable, [], [], max(0.0, min(due) - now) if due else None)[0]
        now = time.monotonic()
        wanted = None
        if control in ready:
            said = os.read(control, 4096)
            if not said:
                wanted, control = "orphaned", None
            elif ORPHAN in said:
                wanted = "orphaned"
            elif KILL in said:
                wanted = "cancelled"
            elif renew_by is not None:
                renew_by = now + renewals
        if wake in ready and any(signum in SIGNALS for signum in os.read(wake, 4096)):
            wanted = wanted or "killed"
        if timeout_at is not None and now >= timeout_at:
            wanted, timeout_at = wanted or "timeout", None
        if renew_by is not None and now >= renew_by:
            wanted, renew_by = wanted or "orphaned", None
        if wanted is not None and reason is None:
            reason = wanted
            send(main, signal.SIGTERM)
            # Ansible uses the grace to tidy up. A job without an owner gets none: another may be about to begin.
            kill_at = now if reason == "orphaned" else now + job.get("graceSeconds", 0.4)
        if kill_at is not None and now >= kill_at:
            send(main, signal.SIGKILL)
            kill_at = None
        for pid, status in reap():
            if pid == main:
                return status, reason


def _signals_as_bytes():
    """A descriptor on which SIGCHLD and the signals that end a job arrive."""
    reader, writer = os.pipe()
    os.set_blocking(reader, False)
    os.set_blocking(writer, False)
    signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    for signum in (signal.SIGCHLD, *SIGNALS):
        signal.signal(signum, lambda *_: None)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    return reader
