"""Run Ansible jobs for the process that holds the other end of stdin and stdout. See accord/dispatcher.py.

    python dispatch.py [--warm ANSIBLE_PLAYBOOK CALLBACKS]
"""

import sys

# The folder of the product stays as it was installed.
sys.dont_write_bytecode = True

from accord.dispatcher import Dispatcher  # noqa: E402

Dispatcher().serve(*sys.argv[2:])
