"""`tracing { span <name>; span_attributes { <name> <value> } }`: traces by OpenTelemetry.

- `config`   the directive and its struct
- `spans`    the one seam to OpenTelemetry's SDK, an extra
- `running`  the handler: a span for each request, its context to the upstream and to jobs
"""

from .config import DIRECTIVE, Tracing
from .spans import Spans

__all__ = ["DIRECTIVE", "Spans", "Tracing"]
