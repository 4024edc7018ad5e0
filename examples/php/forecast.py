"""Jobs in Python, for whoever asks."""

import os
from typing import Any


class Demand:
    """How many pieces are going to be sold."""

    def handle(self, args: dict[str, Any]) -> dict[str, Any]:
        return {"sku": args["sku"], "pieces": 3 * args["days"], "pid": os.getpid()}
