"""The PHP client's frames, by the vectors that every client in any language must pass."""

import json
import subprocess
from pathlib import Path

import pytest

pytestmark = pytest.mark.usefixtures("php")


def test_the_php_client_passes_the_vectors() -> None:
    result = subprocess.run(
        ["php", "-n", Path(__file__).with_name("vectors.php")], capture_output=True, text=True, check=True, timeout=30
    )
    assert json.loads(result.stdout) == [], result.stdout
