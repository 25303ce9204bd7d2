"""One process waits for an event as long as it takes, another for a time; then the event is set."""

import polyproc.multiprocessing as multiprocessing


def wait(event, timeout):
    event.wait(timeout)
    print(f"wait({timeout}): is_set()-> {event.is_set()}", flush=True)


if __name__ == "__main__":
    event = multiprocessing.Event()
    patient = multiprocessing.Process(target=wait, args=(event, None))
    impatient = multiprocessing.Process(target=wait, args=(event, 0.1))
    patient.start()
    impatient.start()
    impatient.join()
    print("The event is set", flush=True)
    event.set()
    patient.join()
