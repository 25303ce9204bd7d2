"""A call that takes too long is ended, by a process of timeout-decorator."""

import time

import timeout_decorator


@timeout_decorator.timeout(3, use_signals=False)
def sleep(seconds):
    time.sleep(seconds)
    return f"slept for {seconds} s"


@timeout_decorator.timeout(20, use_signals=False)
def fail():
    raise KeyError("meant")


if __name__ == "__main__":
    print(sleep(0))
    for call in (lambda: sleep(30), fail):
        try:
            call()
        except Exception as e:
            print(repr(e))
