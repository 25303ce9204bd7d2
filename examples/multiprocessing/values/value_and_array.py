"""A process changes a number and an array that it shares with its parent."""

import polyproc.multiprocessing as multiprocessing


def change(number, array):
    number.value = 3.1415927
    for i in range(len(array)):
        array[i] = -array[i]


if __name__ == "__main__":
    number = multiprocessing.Value("d", 0.0)
    array = multiprocessing.Array("i", range(10))
    process = multiprocessing.Process(target=change, args=(number, array))
    process.start()
    process.join()
    print(number.value)
    print(array[:])
