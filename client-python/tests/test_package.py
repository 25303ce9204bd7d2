"""That the package can be built, installed and used away from here, as its README has it."""

import os
import re
import subprocess
import sys
import tarfile
import venv
import zipfile
from importlib.metadata import version
from pathlib import Path

import pytest

import polyproc
from daemons import CLONE, Daemon

PACKAGE = CLONE / "client-python"
# What the package depends on, of the versions that these tests run with: see prepare.
WHEELS = Path(sys.prefix) / "wheels"


def _run(*command: str | Path, cwd: Path, **environment: str) -> str:
    run = subprocess.run(
        command,
        cwd=cwd,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
    )
    if run.returncode != 0:
        pytest.fail(
            f"Expected {command} to succeed, but it ended with {run.returncode}: {run.stdout}"
        )
    return run.stdout


def _wheel(source: Path, folder: Path, **environment: str) -> Path:
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "-q", "wheel", "--no-deps")
    _run(*pip, "--no-build-isolation", "-w", folder, source, cwd=folder, **environment)
    [wheel] = folder.glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel of this clone."""
    return _wheel(PACKAGE, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel into a new environment, whose program this is."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, symlinks=True)
    python = folder / "bin" / "python"
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "-q", "--python", python)
    offline = ("--no-index", "--find-links", WHEELS, "--no-compile")
    _run(*pip, "install", *offline, wheel, cwd=folder)
    return python


def _examples() -> list[pytest.ParameterSet]:
    """Answer each example of the README, and what it prints, where that is said."""
    text = (PACKAGE / "README.md").read_text()
    block = r"^```python\n(.*?)^```(?:\n+```text\n(.*?)^```)?"
    return [
        pytest.param(found[1], found[2], id=f"line {text.count(chr(10), 0, found.start()) + 1}")
        for found in re.finditer(block, text, re.DOTALL | re.MULTILINE)
    ]


def test_should_have_examples_in_readme() -> None:
    assert _examples()


@pytest.mark.parametrize(("example", "prints"), _examples())
def test_should_run_examples_of_readme_where_wheel_is_installed(
    example: str, prints: str | None, installed: Path, daemon: Daemon, tmp_path: Path
) -> None:
    program = tmp_path / "example.py"
    program.write_text(example)
    python = (installed, "-X", "dev", "-W", "error")
    printed = _run(*python, program, cwd=tmp_path, POLYPROC_ADDRESS=daemon.address)
    assert printed == prints or prints is None


def test_should_install_what_these_tests_run_with_and_nothing_else(installed: Path) -> None:
    listing = "import importlib.metadata as m; print(*(d.name for d in m.distributions()))"
    expected = {"polyproc", "protobuf", "hpack", "googleapis-common-protos"}
    assert set(_run(installed, "-c", listing, cwd=installed.parent).split()) == expected
    ask = "import importlib.metadata as m; print(m.version('protobuf'))"
    assert _run(installed, "-c", ask, cwd=installed.parent).strip() == version("protobuf")


def test_should_have_types_stubs_licenses_and_daemon_in_wheel(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        for file in ("LICENSE", "NOTICE"):
            [name] = (name for name in names if name.endswith(f".dist-info/licenses/{file}"))
            assert archive.read(name) == (CLONE / file).read_bytes()
    assert {
        "polyproc/py.typed",
        "polyproc_pytest/__init__.py",
        "polyproc/_daemon/polyprocd.jar",
        "polyproc/v1/queue_pb2.py",
        "polyproc/v1/queue_pb2.pyi",
    } <= names


def test_should_build_from_source_package_without_protoc(tmp_path: Path) -> None:
    _run(sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", tmp_path, cwd=PACKAGE)
    [source] = tmp_path.glob("*.tar.gz")
    with tarfile.open(source) as archive:
        archive.extractall(tmp_path, filter="data")
    [folder] = tmp_path.glob("polyproc-*/")
    with zipfile.ZipFile(_wheel(folder, tmp_path, PROTOC="none")) as archive:
        assert "polyproc/v1/queue_pb2.py" in archive.namelist()


def test_should_say_what_to_do_where_protoc_is_another(tmp_path: Path) -> None:
    """Else the stubs would refuse the oldest protobuf, long after."""
    protoc = tmp_path / "protoc"
    protoc.write_text("#!/bin/sh\necho libprotoc 33.1\n")
    protoc.chmod(0o755)
    clone = tmp_path / "clone"
    (clone / "client-python").mkdir(parents=True)
    (clone / "proto").symlink_to(CLONE / "proto")
    hook = clone / "client-python" / "hatch_build.py"
    hook.write_bytes((PACKAGE / "hatch_build.py").read_bytes())
    run = subprocess.run(
        [sys.executable, hook],
        env={**os.environ, "PROTOC": str(protoc)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert run.returncode == 1
    assert run.stderr == (
        f"Expected a protoc 25.x, but {protoc} is libprotoc 33.1;"
        " run client-python/prepare, or name one in PROTOC\n"
    )


def test_should_have_version_of_project() -> None:
    pom = (CLONE / "pom.xml").read_text()
    found = re.search(r"<artifactId>polyproc-parent</artifactId>\s*<version>(.*?)</version>", pom)
    assert found is not None
    assert polyproc.__version__ == found[1].replace("-SNAPSHOT", ".dev0")
    assert version("polyproc") == polyproc.__version__
