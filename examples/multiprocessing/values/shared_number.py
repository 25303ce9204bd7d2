"""Ten processes add to a number, each ten times, under its lock."""

import time

import polyproc.multiprocessing as multiprocessing


def add(number):
    time.sleep(0.05)
    with number.get_lock():
        for _ in range(10):
            number.value += 1
        print("num.value =", number.value, flush=True)


if __name__ == "__main__":
    number = multiprocessing.Value("i", 0)
    processes = [multiprocessing.Process(target=add, args=(number,)) for _ in range(10)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    print("Final value:", number.value)
