"""Imports every module of the stubs in a folder, and makes every stub."""

import importlib
import pathlib
import sys

import grpc

folder = pathlib.Path(sys.argv[1])
sys.path.insert(0, str(folder))
stubs = 0
with grpc.insecure_channel("localhost:1") as channel:
    for file in sorted(folder.rglob("*.py")):
        module = importlib.import_module(".".join(file.relative_to(folder).with_suffix("").parts))
        for name, stub in vars(module).items():
            if name.endswith("Stub"):
                stub(channel)
                stubs += 1
if stubs == 0:
    sys.exit("Expected stubs, but there is none")
