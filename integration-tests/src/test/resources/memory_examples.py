"""Programs with shared values that are known from multiprocessing, on shared memory."""

import multiprocessing
import sys

from polyproc.v1.element_pb2 import ELEMENT_TYPE_FLOAT64, ELEMENT_TYPE_INT32
from shared_memory import Segment


def run_all(start, function, count, *arguments):
    processes = [start(function, *arguments) for _ in range(count)]
    for process in processes:
        process.join()
        assert process.exitcode == 0, process.exitcode


# Ten processes count to ten under the value's lock.


def count_to_ten(name):
    number = Segment(name)
    for _ in range(10):
        with number:
            number.elements[0] += 1
    print("num.value =", number.elements[0], flush=True)


def counting(start, name):
    number = Segment(name, ELEMENT_TYPE_INT32, 1)
    run_all(start, count_to_ten, 10, name)
    print("Final value:", number.elements[0])


# A number and an array that another process changes.


def change(name):
    number, array = Segment(name).elements, Segment(name + "/array").elements
    number[0] = 3.1415927
    for i in range(len(array)):
        array[i] = -array[i]


def number_and_array(start, name):
    number = Segment(name, ELEMENT_TYPE_FLOAT64, 1).elements
    array = Segment(name + "/array", ELEMENT_TYPE_INT32, 10).elements
    for i in range(10):
        array[i] = i
    run_all(start, change, 1, name)
    print(number[0])
    print(list(array))
    print(list(array)[-1::-3])


# Five processes count: in two steps, and under the lock. In one step Python cannot.


def count_in_two_steps(name):
    Segment(name).elements[0] += 1


def count_under_lock(name):
    with Segment(name) as number:
        number.elements[0] += 1


def counter(start, name):
    number = Segment(name, ELEMENT_TYPE_INT32, 1).elements
    run_all(start, count_in_two_steps, 5, name)
    print("in two steps:", str(1 <= number[0] <= 5).lower())
    number[0] = 0
    run_all(start, count_under_lock, 5, name)
    print("under the lock:", number[0])


def main():
    context = multiprocessing.get_context("spawn")

    def start(function, *arguments):
        process = context.Process(target=function, args=arguments)
        process.start()
        return process

    examples = {"0-2": counting, "0-8": number_and_array, "1-5": counter}
    examples[sys.argv[1]](start, sys.argv[2])


if __name__ == "__main__":
    main()
