"""What a `kill -9` does to the rest of a program, by `multiprocessing` and by the drop-in.

usage: demo_kill.py                    shows all, side by side; exit 0 when the drop-in went on
       demo_kill.py PACKAGE SCENE      plays one scene by one of them
"""

from __future__ import annotations

import concurrent.futures
import importlib
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

STANDARD, DROP_IN = "multiprocessing", "polyproc.multiprocessing"

LIMITS = {STANDARD: 8.0, DROP_IN: 60.0}
"""Seconds after the kill after which a scene hangs: many for what goes on, be it slowly."""
PATIENCE = {STANDARD: 2.0, DROP_IN: 30.0}
"""Seconds that the others wait for what the killed process had, where they can say for how long."""
PREPARATION = 120.0
"""Seconds that anything takes at most until the kill."""

KILLED = "killed"
WENT_ON = "went on: "


class Victim:
    """A process that does something, says that it has, and is killed."""

    def __init__(self, mp: Any, target: Callable[..., None], *arguments: Any) -> None:
        ready, tell = os.pipe()
        self._process = mp.Process(target=target, args=(tell, *arguments))
        self._process.start()
        os.close(tell)
        os.read(ready, 1)
        os.close(ready)

    def kill(self) -> None:
        os.kill(self._process.pid, signal.SIGKILL)
        self._process.join()
        print(KILLED, flush=True)

    def kill_waiting(self, *servers: Any) -> None:
        """Kills it once it waits: when neither it runs, nor what serves it."""
        _await_sleeping(self._process, *servers)
        self.kill()


def _await_sleeping(*processes: Any) -> None:
    """Returns once none of them does anything but wait."""
    pids = [process.pid for process in processes if process is not None]
    last, now = None, _switches(pids)
    while pids and (now is None or now != last):
        time.sleep(0.05 if now else 0.5)  # Longer where no system tells.
        last, now = now, _switches(pids)


def _switches(pids: list[int]) -> list[str] | None:
    """How often each thread of processes has gone to sleep; None: one of them does not sleep."""
    found = []
    for pid in pids:
        for status in sorted(Path(f"/proc/{pid}/task").glob("*/status")):
            try:
                lines = status.read_text(encoding="utf-8").splitlines()
            except OSError:  # A thread that has ended.
                return None
            if not any(line.split()[:2] == ["State:", "S"] for line in lines):
                return None
            found += [line for line in lines if "_switches:" in line]
    return found


def _say_ready(tell: int) -> None:
    os.write(tell, b".")


def _sleep() -> None:
    time.sleep(60)


def _hold(tell: int, lock: Any) -> None:
    lock.acquire()
    _say_ready(tell)
    _sleep()


def lock(mp: Any) -> str:
    lock = mp.Lock()
    Victim(mp, _hold, lock).kill()
    return _acquired(lock)


def manager_lock(mp: Any) -> str:
    with mp.Manager() as manager:
        lock = manager.Lock()
        Victim(mp, _hold, lock).kill()
        return _acquired(lock)


def _acquired(lock: Any) -> str:
    seconds = _patience()
    if lock.acquire(timeout=seconds):
        return WENT_ON + "the next one has the lock"
    return f"locked, still after {seconds:.0f} s"


def _patience() -> float:
    return PATIENCE[sys.argv[1]]


def _wait_notified(tell: int, condition: Any) -> None:
    with condition:
        _say_ready(tell)
        condition.wait()


def condition(mp: Any) -> str:
    condition = mp.Condition()
    victim = Victim(mp, _wait_notified, condition)
    with condition:  # Free only once the other waits.
        pass
    victim.kill()
    with condition:
        condition.notify_all()
    return WENT_ON + "notify_all() returned"


def _wait_at_barrier(tell: int, barrier: Any) -> None:
    _say_ready(tell)
    barrier.wait()


def barrier(mp: Any) -> str:
    barrier = mp.Barrier(2)
    victim = Victim(mp, _wait_at_barrier, barrier)
    while not barrier.n_waiting:
        time.sleep(0.01)
    victim.kill_waiting()
    until = time.monotonic() + _patience()
    while not barrier.broken and time.monotonic() < until:  # Until the death is seen.
        time.sleep(0.01)
    try:
        barrier.wait()
    except threading.BrokenBarrierError:
        return WENT_ON + "the other is told by a BrokenBarrierError"
    return "passed, as if the dead process were there"


def _get_and_work(tell: int, items: Any) -> None:
    items.get()
    _say_ready(tell)
    _sleep()


def item_in_hand(mp: Any) -> str:
    items = mp.Queue()
    items.put("the item")
    Victim(mp, _get_and_work, items).kill()
    return _got(items)


def _get(tell: int, items: Any) -> None:
    _say_ready(tell)
    items.get()


def waiting_reader(mp: Any) -> str:
    items = mp.Queue()
    victim = Victim(mp, _get, items)
    victim.kill_waiting()
    items.put("the item")
    return _got(items)


def manager_call(mp: Any) -> str:
    with mp.Manager() as manager:
        items = manager.Queue()
        server = getattr(manager, "_process", None)
        victim = Victim(mp, _get, items)
        victim.kill_waiting(server)
        items.put("the item")
        _await_sleeping(server)  # Whoever waits has been served by then.
        return _got(items)


def _got(items: Any) -> str:
    seconds = _patience()
    try:
        return WENT_ON + f"the next one got {items.get(timeout=seconds)}"
    except queue.Empty:
        return f"nobody gets the item: get() raises Empty, after {seconds:.0f} s"


SCENES: dict[str, Callable[[Any], str]] = {
    "holds a Lock": lock,
    "waits at a Condition": condition,
    "waits at a Barrier of two": barrier,
    "has got an item of a Queue, and works on it": item_in_hand,
    "waits for an item of a Queue": waiting_reader,
    "holds a Lock of a Manager": manager_lock,
    "is inside get() of a Manager's Queue": manager_call,
}
"""What the killed process does, and what becomes of the others."""


def _play(package: str, scene: str) -> str:
    """What came of a scene, in a program of its own, which is ended if it hangs."""
    program = subprocess.Popen(
        [sys.executable, __file__, package, scene],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert program.stdout is not None
    said = ""
    for seconds in (PREPARATION, LIMITS[package]):
        limit = threading.Timer(seconds, os.killpg, (program.pid, signal.SIGKILL))
        limit.start()
        said = program.stdout.readline().strip()
        limit.cancel()
        if not said and program.wait() == -signal.SIGKILL:
            return f"hangs, still after {seconds:.0f} s"
        if said != KILLED:
            break
    _, errors = program.communicate(timeout=PREPARATION)
    return said or f"failed: {errors.strip().splitlines()[-1:]}"


def _show() -> bool:
    """Prints a line for each scene; answers whether the drop-in went on in all of them."""
    print("A process is killed that")
    went_on = True
    with concurrent.futures.ThreadPoolExecutor(4) as players:
        played = [
            [players.submit(_play, package, scene.__name__) for package in (STANDARD, DROP_IN)]
            for scene in SCENES.values()
        ]
        for what, (standard, drop_in) in zip(SCENES, played, strict=True):
            print(f"\n  {what}")
            print(f"    {STANDARD:<26}{standard.result()}")
            print(f"    {DROP_IN:<26}{drop_in.result()}", flush=True)
            went_on = went_on and drop_in.result().startswith(WENT_ON)
    return went_on


def main() -> int:
    if sys.argv[1:]:
        package, name = sys.argv[1:]
        mp = importlib.import_module(package).get_context("fork")
        [scene] = [scene for scene in SCENES.values() if scene.__name__ == name]
        print(scene(mp), flush=True)
        return 0
    if os.environ.get("POLYPROC_ADDRESS"):
        return 0 if _show() else 1
    import polyproc

    with polyproc.private() as daemon:
        os.environ["POLYPROC_ADDRESS"] = daemon.address
        return 0 if _show() else 1


if __name__ == "__main__":
    sys.exit(main())
