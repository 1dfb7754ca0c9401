"""What the peers written in Python share in the tests of permessage-deflate: the cases, the messages, one line for each case."""

import asyncio
import base64
import json
import sys
from pathlib import Path

LIMIT = 60


def cases():
    return json.loads(Path(sys.argv[1]).read_text())


def messages():
    """(message, number of fragments) for each."""
    for message in json.loads(Path(sys.argv[2]).read_text()):
        data = message["text"] if "text" in message else base64.b64decode(message["base64"])
        yield data, message["fragments"]


def fragments(message, count):
    size = -(-len(message) // count)
    return [message[at * size : (at + 1) * size] for at in range(count)]


def expect(what, got, wanted):
    if got != wanted:
        raise AssertionError(f"{what}: {got} instead of {wanted}")


async def exchange(send_all, receive, sent):
    """Sends all in a row, and looks at what comes back meanwhile."""
    sending = asyncio.create_task(send_all)
    for number, (message, _) in enumerate(sent):
        came = await receive()
        if came != message:
            raise AssertionError(f"message {number} of {len(message)} came back as {type(came).__name__}, and is not what was sent")
    await sending


async def run(version, run_case):
    """Runs the case, whatever became of those before it."""
    print("version", version, flush=True)
    sent = list(messages())
    for case in cases():
        try:
            await asyncio.wait_for(run_case(case, sent), LIMIT)
            print("ok", case["name"], flush=True)
        except Exception as error:
            print(f"not ok {case['name']}: {type(error).__name__}: {error}".replace("\n", " "), flush=True)
