"""Squares the numbers of a queue, with the package."""

import contextlib

import polyproc

with polyproc.connect() as client, contextlib.suppress(polyproc.ShutDown):
    work, squares = client.existing_queue("work"), client.existing_queue("squares")
    attempts = client.dict("attempts")
    while True:
        with work.reserve() as number:
            attempts.add(f"python/{number.item}/{number.attempt}", 1, initial=0)
            squares.put(number.item**2, unique_key=str(number.item))
