"""A pool computes the parts of a sum, each of a range of numbers."""

import polyproc.multiprocessing as multiprocessing


def sum_of_squares(start, end):
    return sum(number * number for number in range(start, end))


if __name__ == "__main__":
    count, parts = 1000, 4
    step = count // parts
    with multiprocessing.Pool(parts) as pool:
        sums = pool.starmap(sum_of_squares, [(n, n + step) for n in range(0, count, step)])
    print(f"The sum of squares is: {sum(sums)}")
