"""A file's bytes on their way to the writer: one part, or several with what stands between them."""

from __future__ import annotations

from ...http.file_body import write_file
from ...http.writer import Writer
from .opening import Opened
from .ranges import Multipart, Part


async def send(opened: Opened, part: Part, writer: Writer) -> None:
    """Write a part; HandlerError if the file has become shorter, so that the answer breaks off."""
    if opened.content is None:
        await write_file(writer, opened.descriptor, part.start, part.length)
    else:
        await writer.write(opened.content[part.start : part.start + part.length])


async def send_multipart(opened: Opened, body: Multipart, writer: Writer) -> None:
    """Write several parts with what stands between them."""
    for number, part in enumerate(body.parts):
        await writer.write(body.head(number))
        await send(opened, part, writer)
    await writer.write(body.end)
