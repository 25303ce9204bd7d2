"""A program of the package that does what it is told: in base64, code a line, and an answer each.

The answer is what the code leaves in the variable `answer`, as text, behind a "="; or, behind a "!",
what it has failed with.
"""

import base64
import sys
import traceback

import polyproc

client = polyproc.connect()
answer = None


def obey():
    global answer
    for line in sys.stdin:
        answer = None
        try:
            exec(base64.b64decode(line), globals())
            said = f"={answer}"
        except BaseException:
            said = f"!{traceback.format_exc()}"
        print(base64.b64encode(said.encode("utf-8", "backslashreplace")).decode(), flush=True)


obey()
