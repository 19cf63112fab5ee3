"""SIGKILL at every stage of a cycle, and again: the same result as without, and nothing paid twice."""
import json
import signal
import time

from house import House, check

# How long after a stage was first seen it is killed, one attempt each; the last attempt is left alone.
KILLS = [
    *(("collect", after) for after in (0.0, 0.2, 0.5, 1.0)), *(("train", after) for after in (0.0, 0.05, 0.3, 0.8)),
    *(("evaluate", after) for after in (0.0, 0.1, 0.3)), ("promote", 0.0),
]
# What clocks decide, the provider's choice of a name, and `it is in service` of what was killed just after.
OTHERS = {"latency_ratio", "cost", "model", "reason"}


def tell(bin, folder):
    with House(bin, f"{folder}/whole") as house:
        house.give(1500, seed=1)
        whole = json.loads(house.run(*house.cycle).stdout)
        paid = house.paid()
    with House(bin, f"{folder}/killed") as house:
        house.give(1500, seed=1)
        kills = {}
        for stage, after in KILLS:
            process = house.start("understudy", *house.cycle, "--config", house.config)
            limit, order = time.monotonic() + 120, ["collect", "train", "evaluate", "promote"]
            while process.poll() is None and time.monotonic() < limit:
                if (now := house.stage()) and order.index(now) >= order.index(stage):
                    time.sleep(after)
                    break
                time.sleep(0.01)
            if process.poll() is None:
                reached = house.stage()
                process.send_signal(signal.SIGKILL)
                process.wait()
                kills[reached] = kills.get(reached, 0) + 1
        result = json.loads(house.run(*house.cycle).stdout)
        again = house.paid()
    print(f"  SIGKILLs by stage: {kills}; paid without: {paid}, with them: {again}")
    names = whole.keys() - OTHERS

    def figure(of):
        return round(of, 9) if isinstance(of, float) else of

    different = {name: (whole[name], result[name]) for name in names if figure(whole[name]) != figure(result[name])}
    check(not different, f"another result: {different}")
    check(paid == again, "something was paid twice")
    check(whole["promoted"] and sum(kills.values()) >= 8 and len(kills) >= 3, f"too little was killed: {kills}")
    print(f"  the same result: {whole['examples']} examples, accepted {whole['accepted']:.3f} (at least "
          f"{whole['accepted_low']:.3f}), of {whole['model']}")
