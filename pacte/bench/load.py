"""A small load client, run as a process of its own: `python -m pacte.bench.load < plan.json > times.json`.

The plan's scenarios take turns, a second each, so that whatever else the machine does weighs on all alike.
"""

import itertools
import json
import random
import sys
import threading
import time
from http.client import HTTPConnection
from typing import Any

SLICE = 1.0  # seconds that a scenario has at a time


def run(plan: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Seconds of every request and what went wrong, by scenario."""
    results: dict[str, dict[str, Any]] = {}
    for name in plan["scenarios"]:
        results[name] = {"seconds": [], "statuses": {}, "elapsed": 0.0, "bytes": 0}
    for turn in range(-1, max(1, round(plan["seconds"] / SLICE))):
        for name, scenario in plan["scenarios"].items():
            spoken = drive(plan, scenario, seed=f"{name} {turn}")
            if turn >= 0:  # the first turn warms up
                merge(results[name], spoken)
    return results


def drive(plan: dict[str, Any], scenario: dict[str, Any], seed: str) -> list[dict[str, Any]]:
    """One slice of one scenario, over a few connections kept alive."""
    spoken: list[dict[str, Any]] = [{} for _ in range(plan["clients"])]
    threads = [
        threading.Thread(target=converse, args=(plan, scenario, random.Random(f"{seed} {n}"), spoken[n]))  # noqa: S311
        for n in range(plan["clients"])
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return spoken


def converse(plan: dict[str, Any], scenario: dict[str, Any], dice: random.Random, said: dict[str, Any]) -> None:
    said |= {"seconds": [], "statuses": {}, "bytes": 0}
    connection = HTTPConnection(plan["host"], plan["port"], timeout=30)
    began = time.perf_counter()
    for _ in itertools.count():
        asked = time.perf_counter()
        if asked - began > SLICE:
            break
        cookie = dice.choice(scenario["cookies"])
        connection.request("GET", dice.choice(scenario["paths"]), headers=plan["headers"] | {"Cookie": cookie})
        response = connection.getresponse()
        said["bytes"] += len(response.read())
        said["seconds"].append(time.perf_counter() - asked)
        said["statuses"][response.status] = said["statuses"].get(response.status, 0) + 1
    said["elapsed"] = time.perf_counter() - began
    connection.close()


def merge(result: dict[str, Any], spoken: list[dict[str, Any]]) -> None:
    result["elapsed"] += max(one["elapsed"] for one in spoken)
    for one in spoken:
        result["seconds"] += one["seconds"]
        result["bytes"] += one["bytes"]
        for status, count in one["statuses"].items():
            result["statuses"][status] = result["statuses"].get(status, 0) + count


if __name__ == "__main__":
    json.dump(run(json.load(sys.stdin)), sys.stdout)
