"""`basic_auth`: a name and a password (RFC 7617).

- `config`   the handler's structs
- `syntax`   the directive
- `hashes`   comparing a password with its hash, each kind over the library that does it
- `running`  the check of a request, and the memory of those that were checked
"""

from .config import Argon2id, Authentication, Bcrypt
from .syntax import DEPRECATED, DIRECTIVE

__all__ = ["DEPRECATED", "DIRECTIVE", "Argon2id", "Authentication", "Bcrypt"]
