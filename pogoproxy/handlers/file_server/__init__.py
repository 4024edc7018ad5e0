"""`file_server`: files of a folder.

- `config`  the handler's struct
- `syntax`  the directive
- `hiding`  which files are not shown
"""

from .config import FileServer
from .syntax import DIRECTIVE

__all__ = ["DIRECTIVE", "FileServer"]
