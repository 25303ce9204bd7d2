"""A process that reads a file which is not there: it says so, and ends in order."""

import polyproc.multiprocessing as multiprocessing


def safe_write(path, text):
    try:
        with open(path, "w") as file:
            file.write(text)
    except OSError as e:
        print(f"IOError during file writing: {e.strerror}")


def safe_read(path):
    try:
        with open(path) as file:
            print(file.read())
    except OSError as e:
        print(f"IOError during file reading: {e.strerror}")


if __name__ == "__main__":
    for target, arguments in (
        (safe_read, ("no-such-folder/example.txt",)),
        (safe_write, ("no-such-folder/example.txt", "Hello")),
    ):
        process = multiprocessing.Process(target=target, args=arguments)
        process.start()
        process.join()
        print("exit code", process.exitcode, flush=True)
