"""A worker of `polyproc.Pool`, which the daemon starts."""

import polyproc

worker = polyproc.Worker(ahead=15)


@worker.task
def negate(x):
    return -x


if __name__ == "__main__":
    worker.run()
