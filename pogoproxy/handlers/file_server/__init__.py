"""`file_server`: files of a folder.

- `config`        the handler's struct
- `syntax`        the directive
- `running`       the handler at work
- `locating`      which file a request is for
- `hiding`        which files are not shown
- `opening`       the file or its compressed form, and its validators
- `conditions`    conditional requests
- `ranges`        range requests
- `content_type`  types by the name's ending
- `sending`       the bytes
- `browsing`      a folder without an index file
- `listing`       what is in it, sorted
- `listing_formats`  the same as JSON and text
- `page`          the same as a page
"""

from .config import FileServer
from .syntax import DIRECTIVE

__all__ = ["DIRECTIVE", "FileServer"]
