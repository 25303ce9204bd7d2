"""A pipe from a child: when nobody has its other end any more, that is an EOFError."""

import polyproc.multiprocessing as multiprocessing


def send(connection):
    connection.send([42, None, "hello"])
    connection.close()


if __name__ == "__main__":
    here, there = multiprocessing.Pipe()
    process = multiprocessing.Process(target=send, args=(there,))
    process.start()
    there.close()  # the child has one of its own
    print(here.recv())
    try:
        here.recv()
    except EOFError:
        print("EOFError")
    process.join()
