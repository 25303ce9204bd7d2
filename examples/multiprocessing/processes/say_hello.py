"""A class of processes: what `run` does is done in the process."""

import polyproc.multiprocessing as multiprocessing


class Greeter(multiprocessing.Process):
    def __init__(self, number):
        super().__init__(name=f"Process {number}")

    def run(self):
        print(f"{multiprocessing.current_process().name} says hello")


if __name__ == "__main__":
    greeters = [Greeter(number) for number in range(5)]
    for greeter in greeters:
        greeter.start()
    for greeter in greeters:
        greeter.join()
