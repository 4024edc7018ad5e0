"""The limit on open files, in a process of its own, since it cannot be raised again."""

from __future__ import annotations

import subprocess
import sys

import pytest

SCRIPT = """
import resource
from pogoproxy.http.open_files import room_for_clients
resource.setrlimit(resource.RLIMIT_NOFILE, {limits})
print(room_for_clients(), *resource.getrlimit(resource.RLIMIT_NOFILE))
"""


@pytest.mark.parametrize(("limits", "room"), [((256, 1128), 500), ((1128, 1128), 500), ((64, 64), 1)])
def test_the_soft_limit_is_raised_and_shared_between_clients_and_upstreams(limits, room):
    found = subprocess.run([sys.executable, "-c", SCRIPT.format(limits=limits)], capture_output=True, check=True)
    assert found.stdout.split() == [b"%d" % number for number in (room, limits[1], limits[1])]
