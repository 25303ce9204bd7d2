"""A process writes a file, and when it has ended another reads it."""

import tempfile
from pathlib import Path

import polyproc.multiprocessing as multiprocessing


def write(path, text):
    Path(path).write_text(text)


def read(path):
    print(Path(path).read_text())


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "example.txt")
        writer = multiprocessing.Process(target=write, args=(path, "Hello, multiprocessing!"))
        writer.start()
        writer.join()
        reader = multiprocessing.Process(target=read, args=(path,))
        reader.start()
        reader.join()
