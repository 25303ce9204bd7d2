"""A server with a process for each client, which is handed the client's socket."""

import socket

import polyproc.multiprocessing as multiprocessing


def serve(connection):
    with connection:
        while received := connection.recv(1024):
            connection.sendall(received)


def ask(port, word):
    with socket.create_connection(("localhost", port)) as connection:
        connection.sendall(word)
        return connection.recv(1024)


def client(port, words):
    for word in words:
        print(ask(port, word).decode(), flush=True)


if __name__ == "__main__":
    words = [b"one", b"two", b"three"]
    with socket.create_server(("localhost", 0)) as listener:
        asking = multiprocessing.Process(target=client, args=(listener.getsockname()[1], words))
        asking.start()
        for _ in words:
            connection, _address = listener.accept()
            with connection:  # the child has one of its own
                multiprocessing.Process(target=serve, args=(connection,)).start()
        asking.join()
    for process in multiprocessing.active_children():
        process.join()
