"""A process changes the attributes of a namespace that it shares with its parent."""

import polyproc.multiprocessing as multiprocessing


def change(namespace):
    namespace.x += 5
    namespace.y *= 10


if __name__ == "__main__":
    with multiprocessing.Manager() as manager:
        namespace = manager.Namespace()
        namespace.x = 1
        namespace.y = 1
        print("before", namespace)
        process = multiprocessing.Process(target=change, args=(namespace,))
        process.start()
        process.join()
        print("after", namespace)
