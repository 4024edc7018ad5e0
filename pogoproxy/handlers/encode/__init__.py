"""`encode`: compressed answers.

- `config`    the handler's struct, and when it is provisioned
- `syntax`    the directive
- `encoders`  the formats, each over the library that does it
- `writer`    which answers are encoded, and what becomes of their head
"""

from .config import Encode
from .syntax import DIRECTIVE

__all__ = ["DIRECTIVE", "Encode"]
