"""Decodes headers, and loads the table of the Huffman code only for a text that is written in it.

That takes 8 MB of memory and 30 ms, which each fork pays for as well; daemons hardly ever use it.
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType

_TABLE = "hpack.huffman_table"


def _decode_huffman(text: bytes) -> bytes:
    decode = importlib.import_module(_TABLE).decode_huffman
    importlib.import_module("hpack.hpack").decode_huffman = decode  # type: ignore[attr-defined]
    decoded: bytes = decode(text)
    return decoded


if "hpack.hpack" in sys.modules:
    import hpack
else:
    _stand_in = ModuleType(_TABLE)
    _stand_in.decode_huffman = _decode_huffman  # type: ignore[attr-defined]
    sys.modules[_TABLE] = _stand_in
    try:
        import hpack
    finally:
        del sys.modules[_TABLE]

Decoder = hpack.Decoder
HPACKError = hpack.HPACKError
