"""One task of a pool, whose result is waited for with a time."""

import polyproc.multiprocessing as multiprocessing


def square(number):
    return number * number


if __name__ == "__main__":
    with multiprocessing.Pool(5) as pool:
        result = pool.apply_async(square, (10,))
        print(result.get(timeout=60))
