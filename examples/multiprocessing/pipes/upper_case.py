"""A worker at the other end of a pipe, which answers what it is sent in upper case."""

import polyproc.multiprocessing as multiprocessing


def upper_case(connection):
    while (message := connection.recv()) != "STOP":
        print(f"Received: {message}", flush=True)
        connection.send(message.upper())
    connection.close()


if __name__ == "__main__":
    here, there = multiprocessing.Pipe()
    worker = multiprocessing.Process(target=upper_case, args=(there,))
    worker.start()
    for word in ("hello", "world", "python"):
        here.send(word)
        print(here.recv(), flush=True)
    here.send("STOP")
    worker.join()
