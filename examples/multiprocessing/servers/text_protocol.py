"""A server that speaks a protocol of lines: each is answered, and 'exit' ends the connection."""

import socket

import polyproc.multiprocessing as multiprocessing


def serve(connection):
    with connection, connection.makefile("rw") as lines:
        for line in lines:
            message = line.strip()
            if message == "exit":
                break
            lines.write(f"Received: {message}\n")
            lines.flush()


if __name__ == "__main__":
    with socket.create_server(("localhost", 0)) as listener:
        with socket.create_connection(listener.getsockname()) as client:
            connection, _address = listener.accept()
            with connection:
                process = multiprocessing.Process(target=serve, args=(connection,))
                process.start()
            with client.makefile("rw") as lines:
                for message in ("hello", "how are you", "exit"):
                    lines.write(message + "\n")
                    lines.flush()
                    print(lines.readline().strip() or "closed")
    process.join()
