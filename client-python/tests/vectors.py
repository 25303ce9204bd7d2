"""The test vectors of the contract, as messages: proto/conformance/README.md says what they are."""

import functools
import importlib
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message_factory

_ROOT = Path(__file__).parents[2]
_CONFORMANCE = _ROOT / "proto" / "conformance"
_PROTO = "conformance.proto"


def vectors(file: str, message: str) -> Any:
    """Reads a file of vectors, such as ``values.json``, as a message such as ``ValueVectors``.

    Nothing that the file has may be unknown.
    """
    name = f"polyproc.conformance.v1.{message}"
    kind = message_factory.GetMessageClass(_pool().FindMessageTypeByName(name))
    return json_format.Parse((_CONFORMANCE / file).read_text("utf-8"), kind())


@functools.cache
def _pool() -> descriptor_pool.DescriptorPool:
    """Adds the format of the vectors to the stubs that are there; any protoc says what it is."""
    done = subprocess.run(
        [
            _protoc(),
            f"-I{_CONFORMANCE}",
            f"-I{_ROOT / 'proto' / 'src' / 'main' / 'proto'}",
            f"-I{_ROOT / 'proto' / 'third_party'}",
            "--descriptor_set_out=/dev/stdout",
            _PROTO,
        ],
        stdout=subprocess.PIPE,
        check=True,
    )
    (file,) = descriptor_pb2.FileDescriptorSet.FromString(done.stdout).file
    for imported in file.dependency:
        importlib.import_module(imported.removesuffix(".proto").replace("/", ".") + "_pb2")
    pool = descriptor_pool.Default()
    pool.AddSerializedFile(file.SerializeToString())
    return pool


def _protoc() -> str:
    tools = _ROOT / ".tools"
    for found in (
        os.environ.get("PROTOC"),
        tools / "protoc-25" / "bin" / "protoc",
        tools / "bin" / "protoc",
        shutil.which("protoc"),
    ):
        if found and Path(found).exists():
            return str(found)
    raise FileNotFoundError("Expected protoc, but it is not there; client-python/prepare --install")
