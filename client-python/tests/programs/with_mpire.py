"""A pool of mpire: its own queues, locks, events and values."""

import mpire


def square(number):
    return number * number


def add(shared, number):
    with shared.get_lock():
        shared.value += number


def count(worker_state):
    worker_state["calls"] = 0


def next_of(worker_state, number):
    worker_state["calls"] += 1
    return number + 1


def fail(number):
    if number == 3:
        raise ValueError("meant")
    return number


if __name__ == "__main__":
    import multiprocessing

    # Printed when no process is made any more: a fork beside a print may take a part of it along.
    printed = []
    with mpire.WorkerPool(n_jobs=2) as pool:
        printed.append(pool.map(square, range(20)))
        printed.append(sorted(pool.imap_unordered(square, range(5), chunk_size=1)))
        printed.append(pool.apply(square, 12))
        try:
            pool.map(fail, range(6))
        except ValueError as e:
            printed.append(f"ValueError {str(e).strip().splitlines()[-1]}")
    total = multiprocessing.Value("i", 0)
    with mpire.WorkerPool(n_jobs=2, shared_objects=total) as pool:
        pool.map(add, range(10), iterable_len=10)
    printed.append(total.value)
    with mpire.WorkerPool(n_jobs=2, use_worker_state=True) as pool:
        printed.append(pool.map(next_of, range(6), worker_init=count))
    print(*printed, sep="\n")
