"""The standard library's `multiprocessing.forkserver`, as it is."""

import sys
from multiprocessing import forkserver
from multiprocessing.forkserver import *  # noqa: F403

sys.modules[__name__] = forkserver
