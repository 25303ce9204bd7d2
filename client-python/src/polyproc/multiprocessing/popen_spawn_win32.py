"""The standard library's `multiprocessing.popen_spawn_win32`, as it is."""

import sys
from multiprocessing import popen_spawn_win32
from multiprocessing.popen_spawn_win32 import *  # noqa: F403

sys.modules[__name__] = popen_spawn_win32
