"""The standard library's `multiprocessing.popen_spawn_posix`, as it is."""

import sys
from multiprocessing import popen_spawn_posix
from multiprocessing.popen_spawn_posix import *  # noqa: F403

sys.modules[__name__] = popen_spawn_posix
