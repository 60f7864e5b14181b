"""The job itself: the process that becomes ansible-playbook."""

import os
import signal
import sys
import traceback

from accord.processes import die_with

RENDER = os.path.join(os.path.dirname(__file__), "render.py")


def become_job(job, supervisor, warm, way):
    """In the forked child: take on the job's folder, environment and output, then run it. Does not return.

    Why it is not run warm, if so, is written to `way`.
    """
    try:
        die_with(supervisor, signal.SIGKILL)
        os.setsid()
        _default_signals()
        _take_on(job, way)
        why_cold = "the dispatcher is cold" if warm is None else warm.why_cold(job)
        os.write(way, (why_cold or "").encode())
        os.close(way)
        if why_cold is not None:
            _run_cold(job)
        _render(job)
        warm.run(job)
    except OSError as error:
        os.write(2, f"{job['argv'][0]} cannot be run: {error}\n".encode())
        os._exit(127)
    except BaseException:
        os.write(2, traceback.format_exc().encode())
        os._exit(126)


def _run_cold(job):
    argv = job["argv"]
    if job.get("render"):
        argv = [sys.executable, RENDER, *job["render"], "--", *argv]
    os.execve(argv[0], argv, job["env"])


def _render(job):
    """Render in a process of its own, so that ansible-playbook begins with nothing of it."""
    if not job.get("render"):
        return
    pid = os.fork()
    if pid == 0:
        try:
            from accord import render

            render.main(*job["render"])
        except SystemExit as end:
            os._exit(end.code)
        os._exit(0)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    if code != 0:
        os._exit(code if code > 0 else 1)


def _default_signals():
    signal.set_wakeup_fd(-1)
    for signum in (signal.SIGCHLD, signal.SIGTERM, signal.SIGHUP):
        signal.signal(signum, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)


def _take_on(job, kept):
    stdin = os.open(os.devnull, os.O_RDONLY)
    stdout = _append(job["stdout"])
    stderr = _append(job["stderr"]) if "stderr" in job else stdout
    for number, descriptor in enumerate((stdin, stdout, stderr)):
        os.dup2(descriptor, number)
    # Pipes of this job and of others: who holds one keeps its other end from seeing the end of file.
    os.closerange(3, kept)
    os.closerange(kept + 1, 65536)
    os.umask(0o022)
    os.chdir(job["cwd"])
    os.environ.clear()
    os.environ.update(job["env"])


def _append(path):
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600)
