"""Two processes in parallel, as PyCSP's `Parallel(P1(), P2())`: all go on when both are over."""

import time

import polyproc.multiprocessing as multiprocessing


def p1():
    time.sleep(0.02)
    print("P1 exiting")


def p2():
    time.sleep(0.01)
    print("P2 exiting")


def parallel(*targets):
    processes = [multiprocessing.Process(target=target) for target in targets]
    for process in processes:
        process.start()
    for process in processes:
        process.join()


if __name__ == "__main__":
    parallel(p1, p2)
    print("Terminating")
