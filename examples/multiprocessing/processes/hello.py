"""A process that says hello."""

import polyproc.multiprocessing as multiprocessing


def greet(name):
    print(f"Hello, {name}!")


if __name__ == "__main__":
    process = multiprocessing.Process(target=greet, args=("Alice",))
    process.start()
    process.join()
    print("exit code", process.exitcode)
