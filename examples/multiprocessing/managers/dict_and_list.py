"""A process changes a dict and a list that it shares with its parent."""

import polyproc.multiprocessing as multiprocessing


def change(d, l):
    d[1] = "1"
    d["2"] = 2
    d[0.25] = None
    l.reverse()


if __name__ == "__main__":
    with multiprocessing.Manager() as manager:
        d = manager.dict()
        l = manager.list(range(10))
        process = multiprocessing.Process(target=change, args=(d, l))
        process.start()
        process.join()
        print(d)
        print(l)
