"""Processes: the standard library's own, `multiprocessing.process`."""

import multiprocessing.process as _standard

from polyproc.multiprocessing._standard import rest_of

globals().update(rest_of(_standard, globals()))
