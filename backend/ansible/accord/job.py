"""The job itself: the process that becomes ansible-playbook."""

import os
import signal
import sys
import traceback

from accord.processes import die_with


def become_job(job, supervisor):
    """In the forked child: take on the job's folder, environment and output, then run it. Does not return."""
    try:
        die_with(supervisor, signal.SIGKILL)
        os.setsid()
        _default_signals()
        _take_on(job)
        os.execve(job["argv"][0], job["argv"], job["env"])
    except OSError as error:
        os.write(2, f"{job['argv'][0]} cannot be run: {error}\n".encode())
        os._exit(127)
    except BaseException:
        os.write(2, traceback.format_exc().encode())
        os._exit(126)


def _default_signals():
    signal.set_wakeup_fd(-1)
    for signum in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGPIPE):
        signal.signal(signum, signal.SIG_DFL)


def _take_on(job):
    stdin = os.open(os.devnull, os.O_RDONLY)
    stdout = _append(job["stdout"])
    stderr = _append(job["stderr"]) if "stderr" in job else stdout
    for number, descriptor in enumerate((stdin, stdout, stderr)):
        os.dup2(descriptor, number)
    # Pipes of this job and of others: who holds one keeps its other end from seeing the end of file.
    os.closerange(3, 65536)
    os.umask(0o022)
    os.chdir(job["cwd"])
    sys.stdin = sys.stdout = sys.stderr = None


def _append(path):
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600)
