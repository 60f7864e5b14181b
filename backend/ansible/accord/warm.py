"""Ansible, imported once, and forked for each run.

Most of a short run is importing Python. The child that takes a job runs the real `ansible.cli.playbook.main()`, so
that it means exactly what `ansible-playbook` means. What it could not do faithfully is left to a cold start.
"""

import atexit
import gc
import importlib
import locale
import os
import secrets
import shutil
import sys
import tempfile
import threading
import traceback

# The only series on which warm was compared with cold; see test/backend/warm.test.ts.
SERIES = "2.19."

# What every run imports, sooner or later.
MODULES = """
    ansible.cli.scripts ansible.executor.process.worker ansible.executor.task_executor ansible.module_utils.connection
    ansible.playbook.handler ansible.playbook.handler_task_include ansible.playbook.included_file
    ansible.playbook.role_include ansible.playbook.task_include ansible.utils.hashing ansible.utils.shlex
    cmd multiprocessing.popen_fork multiprocessing.shared_memory multiprocessing.synchronize pprint pty tomllib
    xml.dom.minidom xml.etree.ElementTree
"""
# Ansible's own plugins, under the names that its loader gives them.
PLUGINS = """
    action action.command action.copy action.normal action.template become become.su become.sudo cache cache.memory
    callback.default callback.junit callback.minimal callback.oneline callback.tree connection connection.local
    connection.paramiko_ssh connection.psrp connection.ssh connection.winrm inventory inventory.auto
    inventory.host_list inventory.ini inventory.script inventory.toml inventory.yaml shell shell.cmd shell.powershell
    shell.sh strategy strategy.linear vars vars.host_group_vars
"""
# Modules whose payload is built beforehand: 150 ms each.
SEEDED = "command copy file service setup stat uri"


class Unfaithful(Exception):
    """Forking would not mean the same as starting anew; the reason is the message."""


class Warm:
    def __init__(self, command, callbacks):
        """Import Ansible as `command` would."""
        self._command = command
        self._ours = {callbacks}
        sys.argv = [command]
        sys.path[0] = os.path.dirname(os.path.realpath(command))
        from ansible.release import __version__

        if not __version__.startswith(SERIES):
            raise Unfaithful(f"ansible-core {__version__} was never compared with its warm way")
        from ansible.cli import playbook

        self._main = playbook.main
        from accord import configuration

        self._configuration = configuration
        self._base = configuration.fingerprint(os.environ)
        if (constants := sys.modules["ansible.constants"]).DEFAULT_LOG_PATH:
            raise Unfaithful("log_path is set: its file would be shared")
        for name in MODULES.split():
            importlib.import_module(name)
        for name in PLUGINS.split():
            importlib.import_module(f"ansible.plugins.{name}")
        self._load_plugins()
        self._seeds = os.path.join(constants.DEFAULT_LOCAL_TMP, "seeds")
        self._build_seeds()
        # What is there now is never collected, nor copied because the collector has touched it.
        gc.collect()
        gc.freeze()

    def _load_plugins(self):
        """Load what depends on the configuration alone: the plugin loader, and the options that plugins document."""
        from ansible import cli
        from ansible.plugins import loader

        loader.init_plugin_loader([])
        # Not vars plugins: classes alone poison their cache.
        for each in (loader.connection_loader, loader.shell_loader, loader.become_loader, loader.callback_loader):
            list(each.all(class_only=True))
        for name in ("host_list", "script", "auto", "yaml", "ini", "toml"):
            loader.inventory_loader.get(name, class_only=True)
        loader.strategy_loader.get("linear", class_only=True)
        loader.cache_loader.get("memory", class_only=True)
        # A run would do it once more.
        cli.init_plugin_loader = lambda prefix_collections_path=None: None

    def _build_seeds(self):
        """Build the payloads of core modules, in a child of our own. Never taken from jobs: they are pickles."""
        pid = os.fork()
        if pid != 0:
            os.waitpid(pid, 0)
            return
        try:
            from ansible import constants
            from ansible.executor.module_common import modify_module
            from ansible.parsing.dataloader import DataLoader
            from ansible.plugins.loader import module_loader
            from ansible.template import Templar

            for name in SEEDED.split():
                found = module_loader.find_plugin_with_context(f"ansible.builtin.{name}")
                modify_module(
                    module_name=f"ansible.builtin.{name}",
                    module_path=found.plugin_resolved_path,
                    module_args={},
                    templar=Templar(DataLoader(), {}),
                    task_vars={"ansible_python_interpreter": sys.executable},
                    module_compression=constants.DEFAULT_MODULE_COMPRESSION,
                )
            built = os.path.join(constants.DEFAULT_LOCAL_TMP, "ansiballz_cache")
            for name in os.listdir(built):
                file = os.path.join(built, name)
                os.unlink(file) if name.endswith(".lock") else os.chmod(file, 0o400)
            os.rename(built, self._seeds)
        except BaseException:
            # Runs are slower without.
            traceback.print_exc()
        finally:
            os._exit(0)

    def close(self):
        """Remove what was kept for jobs."""
        shutil.rmtree(os.environ["ANSIBLE_LOCAL_TEMP"], ignore_errors=True)

    def why_cold(self, job):
        """In the job's folder and environment: say why it cannot be run by this process, if it cannot."""
        if self._configuration.fingerprint(os.environ) != self._base:
            return "its configuration differs"
        if plugins := self._configuration.own_plugins(job["cwd"], self._ours):
            return f"there are plugins of its own in {plugins}"
        return None

    def run(self, job):
        """Be ansible-playbook. Does not return."""
        code = 1
        try:
            self._start_anew(job)
            sys.argv[:] = job["argv"]
            code = self._main()
        except SystemExit as end:
            code = self._exit_code(end.code)
        except BaseException:
            traceback.print_exc()
        self._finish()
        os._exit(code or 0)

    @staticmethod
    def _exit_code(code):
        if code is None or isinstance(code, int):
            return (code or 0) & 0xFF
        print(code, file=sys.stderr)
        return 1

    def _start_anew(self, job):
        """Undo what importing has fixed: streams, locale, temporary folders, identities."""
        from ansible import cli, constants
        from ansible.config import manager
        from ansible.utils import vars as variables
        from ansible.utils.display import Display

        gc.enable()
        sys.stdin = open(0, closefd=False)
        sys.stdout = open(1, "w", closefd=False, encoding="utf-8")
        sys.stderr = open(2, "w", closefd=False, encoding="utf-8", errors="backslashreplace", buffering=1)
        sys.__stdin__, sys.__stdout__, sys.__stderr__ = sys.stdin, sys.stdout, sys.stderr
        locale.setlocale(locale.LC_ALL, "")
        cli.check_blocking_io()

        # Else every job would remove the folder of the dispatcher.
        atexit.unregister(manager.cleanup_tmp_file)
        tempfile.tempdir = None
        root = job["env"]["ANSIBLE_LOCAL_TEMP"]
        os.makedirs(root, 0o700, exist_ok=True)
        constants.DEFAULT_LOCAL_TMP = tempfile.mkdtemp(prefix=f"ansible-local-{os.getpid()}", dir=root)
        atexit.register(manager.cleanup_tmp_file, constants.DEFAULT_LOCAL_TMP, warn=True)
        self._place_seeds(os.path.join(constants.DEFAULT_LOCAL_TMP, "ansiballz_cache"))

        # Else the ids of tasks would repeat from job to job.
        variables.random_int = secrets.token_hex(4)
        variables.cur_id = 0
        # Its locks and its memory of what it has warned of.
        Display().__init__()

    def _place_seeds(self, folder):
        if not os.path.isdir(self._seeds):
            return
        os.mkdir(folder, 0o700)
        for name in os.listdir(self._seeds):
            source, target = os.path.join(self._seeds, name), os.path.join(folder, name)
            try:
                os.link(source, target)
            except OSError:
                # Another file system.
                shutil.copy(source, target)

    @staticmethod
    def _finish():
        """End as the interpreter ends, without collecting what belongs to the dispatcher."""
        for step in (threading._shutdown, atexit._run_exitfuncs, sys.stdout.flush, sys.stderr.flush):
            try:
                step()
            except BaseException:
                traceback.print_exc()
