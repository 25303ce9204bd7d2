"""A pool of four processes squares the numbers below ten."""

import polyproc.multiprocessing as multiprocessing


def square(number):
    return number * number


if __name__ == "__main__":
    with multiprocessing.Pool(4) as pool:
        print(pool.map(square, range(10)))
