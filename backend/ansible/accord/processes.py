"""What Linux offers to keep hold of a tree of processes."""

import ctypes
import os
import signal
import time

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36

_libc = ctypes.CDLL(None, use_errno=True)


def _prctl(option, value):
    if _libc.prctl(option, ctypes.c_ulong(value), 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")


def die_with(parent, signum):
    """Have the kernel send us `signum` when `parent` dies, and end at once if it is dead already."""
    _prctl(PR_SET_PDEATHSIG, signum)
    if os.getppid() != parent:
        os._exit(250)


def adopt_orphans():
    """Become the parent of every descendant whose own parent dies, whatever session it has moved to."""
    _prctl(PR_SET_CHILD_SUBREAPER, 1)


def descendants(root, without=()):
    """All living processes below `root`, those in and below `without` excepted.

    Zombies are left out: they run nothing, and are reaped by who waits.
    """
    children = {}
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open(f"/proc/{name}/stat", "rb") as file:
                # The command, in parentheses, may hold anything: read what follows the last one.
                state, parent = file.read().rpartition(b")")[2].split()[:2]
        except OSError:
            continue
        children.setdefault(int(parent), []).append((int(name), state))
    found, open_ends = [], [root]
    while open_ends:
        for pid, state in children.get(open_ends.pop(), ()):
            if pid in without:
                continue
            open_ends.append(pid)
            if state != b"Z":
                found.append(pid)
    return found


def send(pid, signum):
    try:
        os.kill(pid, signum)
    except (ProcessLookupError, PermissionError):
        # Gone, or not ours any more (sudo): descendants() still shows the latter.
        pass


def reap():
    """Collect the dead children of this process: yields (pid, status)."""
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        yield pid, status


def kill_descendants(root, without=(), on_death=lambda pid: None, patience=10.0):
    """Kill everything below `root`, which is this process and adopts orphans, until nothing is left.

    Ansible's workers call setsid(), so that process groups miss them: the tree is walked again and again instead.

    Returns the processes that were killed, and those that could not be (another user's, or stuck in the kernel).
    """
    killed, deadline = set(), time.monotonic() + patience
    while True:
        left = descendants(root, without)
        if not left or time.monotonic() > deadline:
            return killed, left
        for pid in left:
            send(pid, signal.SIGKILL)
        killed.update(left)
        for pid, _ in reap():
            on_death(pid)
        time.sleep(0.002)
