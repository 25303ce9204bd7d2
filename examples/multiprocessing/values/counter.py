"""Five processes count: `+= 1` is two steps, so without the lock some may be lost."""

import polyproc.multiprocessing as multiprocessing


def count(counter):
    counter.value += 1


def count_locked(counter):
    with counter.get_lock():
        counter.value += 1


def counted(target):
    counter = multiprocessing.Value("i", 0)
    processes = [multiprocessing.Process(target=target, args=(counter,)) for _ in range(5)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    return counter.value


if __name__ == "__main__":
    print("Without the lock 1 to 5:", 1 <= counted(count) <= 5)
    print("With the lock:", counted(count_locked))
