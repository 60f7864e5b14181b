"""Append what happens in a playbook, as JSON lines, to the file that ACCORD_EVENTS names."""

from __future__ import annotations

DOCUMENTATION = """
    name: accord_events
    type: notification
    short_description: JSON lines, one per event
    description: Plays, tasks, results with their durations, the recap and the data of set_stats, as they happen.
"""

import json
import math
import os
import time

from ansible.plugins.callback import CallbackBase

# Of a result, what people read. Never the task's arguments: they hold the values of variables.
KEPT = (
    "msg",
    "rc",
    "stdout",
    "stderr",
    "module_stderr",
    "skip_reason",
    "false_condition",
    "attempts",
    "dest",
    "path",
    "status",
    "warnings",
    "deprecations",
    "diff",
)
CENSORED = ("attempts",)
LONGEST_VALUE = 8192


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "accord_events"
    CALLBACK_NEEDS_ENABLED = False

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self._number = 0
        self._began = {}
        path = os.environ.get("ACCORD_EVENTS")
        self.disabled = path is None
        if path is not None:
            self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def v2_playbook_on_play_start(self, play):
        self._emit("play", name=play.get_name())

    def v2_playbook_on_task_start(self, task, is_conditional):
        secret = _may_be_secret(task)
        self._emit("task", **self._task(task, secret))
        if secret and task.name != _name_as_written(task):
            # Ansible prints it all the same: whoever keeps what was printed is to leave it out.
            self._emit("hidden", text=task.name)

    def v2_playbook_on_handler_task_start(self, task):
        self.v2_playbook_on_task_start(task, False)

    def v2_runner_on_start(self, host, task):
        self._began[host.get_name(), task._uuid] = time.monotonic()

    def v2_runner_on_ok(self, result):
        self._result("ok", result)

    def v2_runner_on_failed(self, result, ignore_errors=False):
        self._result("failed", result, ignored=bool(ignore_errors))

    def v2_runner_on_skipped(self, result):
        self._result("skipped", result)

    def v2_runner_on_unreachable(self, result):
        self._result("unreachable", result)

    def v2_runner_retry(self, result):
        self._result("retry", result)

    def v2_runner_item_on_failed(self, result):
        self._result("item_failed", result)

    def v2_playbook_on_no_hosts_matched(self):
        self._emit("no_hosts")

    def v2_playbook_on_stats(self, stats):
        for host, data in stats.custom.items():
            # set_stats with per_host keeps the data of each host under its name.
            self._emit("outputs", host=None if host == "_run" else host, data=data)
        self._emit("stats", hosts={host: stats.summarize(host) for host in sorted(stats.processed)})

    def _result(self, status, result, ignored=False):
        # `result.result` is what Ansible shows: censored already where no_log says so. Older ones: `_result`.
        data = getattr(result, "result", None) or result._result
        task = getattr(result, "task", None) or result._task
        host = getattr(result, "host", None) or result._host
        secret = "censored" in data or bool(data.get("_ansible_no_log")) or _may_be_secret(task)
        name = host.get_name()
        now = time.monotonic()
        self._emit(
            "result",
            status=status,
            host=name,
            durationMs=round((now - self._began.get((name, task._uuid), now)) * 1000),
            changed=bool(data.get("changed")),
            ignored=ignored,
            result={key: _short(data[key]) for key in (CENSORED if secret else KEPT) if key in data},
            **self._task(task, secret),
        )

    @staticmethod
    def _task(task, secret):
        # A name may be a template: of a task with no_log it would show what the task hides.
        return {
            "taskId": task._uuid,
            "task": None if secret else task.get_name(),
            "action": task.action,
            "noLog": secret,
        }

    def _emit(self, event, **fields):
        self._number += 1
        line = {"number": self._number, "time": round(time.time() * 1000), "event": event, **fields}
        data = (json.dumps(_finite(line), default=str) + "\n").encode()
        while data:
            data = data[os.write(self._file, data) :]


def _may_be_secret(task):
    # A template that is not evaluated yet counts as true.
    return task.no_log is not None and task.no_log is not False


def _name_as_written(task):
    data = task.get_ds()
    return data.get("name") if isinstance(data, dict) else None


def _finite(value):
    # Python writes these three as words that are not JSON: whoever reads them gets them as text.
    if isinstance(value, float) and not math.isfinite(value):
        return json.dumps(value)
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(item) for item in value]
    return value


def _short(value):
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    if len(text) <= LONGEST_VALUE:
        return value
    return f"{text[:LONGEST_VALUE]}… ({len(text)} characters)"
