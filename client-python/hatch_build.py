"""Makes what a built package has besides its sources: the stubs of the contract, and the daemon.

The stubs are made in place, in a clone, where the contract has changed; a source package has them.
By itself, `python hatch_build.py` makes no more than these.
"""

import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

# Stubs of this one run on every protobuf from 4.25 on; those of later ones refuse older runtimes.
PROTOC = "25"


class PolyprocBuildHook(BuildHookInterface[Any]):
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        root = Path(self.root)
        make_stubs(root)
        jar = root.parent / "server" / "target" / "polyprocd.jar"
        if self.target_name == "wheel" and version == "standard" and jar.is_file():
            build_data["force_include"][str(jar)] = "polyproc/_daemon/polyprocd.jar"


def make_stubs(root: Path) -> None:
    """Make the stubs of the contract in the package, unless they are there and as new."""
    contract = root.parent / "proto"
    stubs = root / "src" / "polyproc" / "v1"
    if not (contract / "src" / "main" / "proto").is_dir():
        if not any(stubs.glob("*_pb2.py")):
            raise SystemExit(f"Expected the contract in {contract} or its stubs in {stubs}")
        return
    mark = root / "target" / "contract.sha256"  # of which the stubs are
    protos = sorted((contract / "src" / "main" / "proto").glob("polyproc/v1/*.proto"))
    state = _state(protos)
    made = all((stubs / f"{proto.stem}_pb2.py").is_file() for proto in protos)
    if made and mark.is_file() and mark.read_text() == state:
        return
    _generate(_protoc(root.parent), contract, protos, stubs)
    mark.parent.mkdir(exist_ok=True)
    mark.write_text(state)


def _state(protos: list[Path]) -> str:
    digest = hashlib.sha256(PROTOC.encode())
    for proto in protos:
        digest.update(f"\n{proto.name}\n".encode())
        digest.update(proto.read_bytes())
    return digest.hexdigest()


def _protoc(clone: Path) -> str:
    ours = clone / ".tools" / f"protoc-{PROTOC}" / "bin" / "protoc"
    named = os.environ.get("PROTOC")
    found = named or (str(ours) if ours.is_file() else shutil.which("protoc"))
    remedy = "run client-python/prepare, or name one in PROTOC"
    if found is None:
        raise SystemExit(f"Expected a protoc {PROTOC}.x, but there is none; {remedy}")
    try:
        version = subprocess.run([found, "--version"], check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise SystemExit(f"Expected a protoc {PROTOC}.x, but {error}; {remedy}") from error
    said = version.stdout.strip()
    if not said.startswith(f"libprotoc {PROTOC}."):
        raise SystemExit(f"Expected a protoc {PROTOC}.x, but {found} is {said}; {remedy}")
    return found


def _generate(protoc: str, contract: Path, protos: list[Path], stubs: Path) -> None:
    # Beside the old ones, and then in place of them: others may be loading them.
    with tempfile.TemporaryDirectory(dir=stubs.parent, prefix=".stubs-") as folder:
        run = subprocess.run(
            [
                protoc,
                f"-I{contract / 'src' / 'main' / 'proto'}",
                f"-I{contract / 'third_party'}",
                f"--python_out={folder}",
                f"--pyi_out={folder}",
                *map(str, protos),
            ],
            stderr=subprocess.PIPE,
            text=True,
        )
        if run.returncode != 0:
            raise SystemExit(f"Expected {protoc} to make stubs of the contract, but {run.stderr}")
        made = list((Path(folder) / "polyproc" / "v1").iterdir())
        for file in stubs.glob("*_pb2.py*"):
            if file.name not in {new.name for new in made}:
                file.unlink()
        for new in made:
            new.replace(stubs / new.name)


if __name__ == "__main__":
    make_stubs(Path(__file__).resolve().parent)
