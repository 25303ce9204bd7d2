"""The standard library's `multiprocessing.dummy`, as it is: threads with the words of processes."""

import sys
from multiprocessing import dummy
from multiprocessing.dummy import *  # noqa: F403
from multiprocessing.dummy import connection

sys.modules[__name__] = dummy
sys.modules[f"{__name__}.connection"] = connection
