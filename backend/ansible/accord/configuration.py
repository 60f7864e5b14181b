"""What Ansible's imported state depends on. When it differs for a job, the job runs cold.

Imported by a warm dispatcher only: it needs Ansible.
"""

import hashlib
import os

from ansible import constants
from ansible.config.manager import find_ini_config_file

# Read when a run begins, not when Ansible is imported.
PER_JOB = {"ACCORD_EVENTS", "ANSIBLE_LOCAL_TEMP"}

PLUGIN_FOLDERS = {
    "action_plugins",
    "become_plugins",
    "cache_plugins",
    "callback_plugins",
    "cliconf_plugins",
    "collections",
    "connection_plugins",
    "doc_fragments",
    "filter_plugins",
    "httpapi_plugins",
    "inventory_plugins",
    "library",
    "lookup_plugins",
    "module_utils",
    "netconf_plugins",
    "shell_plugins",
    "strategy_plugins",
    "terminal_plugins",
    "test_plugins",
    "vars_plugins",
}
# To look through more than this would cost more than a cold start.
MOST_FOLDERS = 2000


def fingerprint(environment):
    """All that decides how Ansible configures itself: environment, and the file that is found, with its content."""
    names = {"HOME", "LANG", "LANGUAGE", "TZ", "TMPDIR", "NO_COLOR", "PATH"}
    for definition in constants.config.get_configuration_definitions().values():
        names.update(entry["name"] for entry in definition.get("env") or ())
    prefixes = ("ANSIBLE_", "_ANSIBLE_", "LC_", "PYTHON")
    relevant = {
        name: value
        for name, value in environment.items()
        if (name in names or name.startswith(prefixes)) and name not in PER_JOB
    }
    file = find_ini_config_file()
    content = None
    if file is not None:
        with open(file, "rb") as opened:
            content = hashlib.sha256(opened.read()).hexdigest()
    return relevant, file, content


def own_plugins(folder, ours):
    """Name a folder that may bring plugins with the names of those that are loaded already.

    A plugin that was imported before the fork would silently win over a role's own of the same name.
    """
    for path in _configured_folders():
        if path not in ours and os.path.isdir(path) and os.listdir(path):
            return path
    seen = set()
    for root in (folder, *constants.DEFAULT_ROLES_PATH):
        for path, folders, _ in os.walk(root, followlinks=True):
            if found := PLUGIN_FOLDERS.intersection(folders):
                return os.path.join(path, found.pop())
            real = os.path.realpath(path)
            if real in seen:
                folders.clear()
            seen.add(real)
            if len(seen) > MOST_FOLDERS:
                return root
    return None


def _configured_folders():
    for name in constants.config.get_configuration_definitions():
        if name.endswith("PLUGIN_PATH") or name in ("DEFAULT_MODULE_PATH", "DEFAULT_MODULE_UTILS_PATH"):
            yield from constants.config.get_config_value(name) or ()
