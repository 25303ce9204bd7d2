"""The standard library's `multiprocessing.util`, as it is."""

import sys
from multiprocessing import util
from multiprocessing.util import *  # noqa: F403

sys.modules[__name__] = util
