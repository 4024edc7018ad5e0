"""HPACK's Huffman code (RFC 7541 section 5.2 and appendix B): decoding only, a byte at a step.

The code is canonical: sorted by length and then by symbol, each code is the last one plus one. So the lengths are all
that has to be written down. What we send is not compressed so: a literal goes out once, then the table has it.
"""

from __future__ import annotations

from functools import lru_cache

from .codes import Code, ConnectionFault

_EOS = 256
_SYMBOLS: dict[int, bytes] = {
    5: b"012aceiost",
    6: b" %-./3456789=A_bdfghlmnpru",
    7: b":BCDEFGHIJKLMNOPQRSTUVWYjkqvwxyz",
    8: b"&*,;XZ",
    10: b'!"()?',
    11: b"'+|",
    12: b"#>",
    13: b"\x00$@[]~",
    14: b"^}",
    15: b"<`{",
    19: bytes((92, 195, 208)),
    20: bytes((128, 130, 131, 162, 184, 194, 224, 226)),
    21: bytes((153, 161, 167, 172, 176, 177, 179, 209, 216, 217, 227, 229, 230)),
    22: bytes((129, 132, 133, 134, 136, 146, 154, 156, 160, 163, 164, 169, 170, 173, 178, 181, 185, 186, 187, 189, 190))
    + bytes((196, 198, 228, 232, 233)),
    23: bytes((1, 135, 137, 138, 139, 140, 141, 143, 147, 149, 150, 151, 152, 155, 157, 158, 165, 166, 168, 174, 175))
    + bytes((180, 182, 183, 188, 191, 197, 231, 239)),
    24: bytes((9, 142, 144, 145, 148, 159, 171, 206, 215, 225, 236, 237)),
    25: bytes((199, 207, 234, 235)),
    26: bytes((192, 193, 200, 201, 202, 205, 210, 213, 218, 219, 238, 240, 242, 243, 255)),
    27: bytes((203, 204, 211, 212, 214, 221, 222, 223, 241, *range(244, 249), *range(250, 255))),
    28: bytes((*range(2, 9), 11, 12, *range(14, 22), *range(23, 32), 127, 220, 249)),
    30: bytes((10, 13, 22)),
}
"""The symbols of each length of code in bits. EOS is the last of the 30-bit ones."""


def _codes() -> dict[tuple[int, int], int]:
    """From length and code to symbol."""
    found = {}
    code = before = 0
    for length, symbols in _SYMBOLS.items():
        code <<= length - before
        before = length
        for symbol in symbols:
            found[length, code] = symbol
            code += 1
    found[before, code] = _EOS
    return found


_CODES = _codes()
State = tuple[int, int]
"""The bits that were read of a code that is not complete: how many, and what."""
Row = list[tuple[State, bytes] | None]

_START: State = (0, 0)


@lru_cache(None)
def _row(state: State) -> Row:
    """What each byte leads to from there, None being an error. There are 256 states; few are ever met."""
    return [_step(state, byte) for byte in range(256)]


def _step(state: State, byte: int) -> tuple[State, bytes] | None:
    length, code = state
    text = bytearray()
    for shift in range(7, -1, -1):
        length, code = length + 1, code << 1 | byte >> shift & 1
        symbol = _CODES.get((length, code))
        if symbol == _EOS:
            return None
        if symbol is not None:
            text.append(symbol)
            length, code = _START
    return (length, code), bytes(text)


@lru_cache(4096)
def decode(data: bytes) -> bytes:
    """The text; ConnectionFault if the code is broken or wrongly padded. Field values come again and again."""
    text = bytearray()
    state = _START
    for byte in data:
        step = _row(state)[byte]
        if step is None:
            raise ConnectionFault(Code.COMPRESSION_ERROR, "end of string inside a Huffman code")
        state, found = step
        text += found
    length, code = state
    if length > 7 or code != (1 << length) - 1:
        raise ConnectionFault(Code.COMPRESSION_ERROR, "Huffman code with wrong padding")
    return bytes(text)
