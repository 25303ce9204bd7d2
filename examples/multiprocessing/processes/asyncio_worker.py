"""A process whose work is a coroutine."""

import asyncio

import polyproc.multiprocessing as multiprocessing


async def work():
    await asyncio.sleep(0.1)
    print("Worker process started")


def run():
    asyncio.run(work())


if __name__ == "__main__":
    worker = multiprocessing.Process(target=run)
    worker.start()
    worker.join()
