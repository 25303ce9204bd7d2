"""Stands for the main module of a program in its children by spawn and forkserver."""

from polyproc.multiprocessing import _instead

if __name__ == "__mp_main__":
    _instead.put_instead()
    globals().update(_instead.main_module())
