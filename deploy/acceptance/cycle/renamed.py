"""The format changes: a label gets another name, in large's prompt and in the check."""
import json

from house import House, check, tickets, until


def tell(bin, folder):
    with House(bin, folder) as house:
        house.serve()
        house.give(1500, seed=1)
        first = json.loads(house.run(*house.cycle).stdout)
        check(first["promoted"], f"not promoted: {first}")
        until(lambda: (house.route()["version"] or {}).get("model") == first["model"], 10, "the version is in service")
        before = house.left_to_large(60, seed=2)
        cached = next(ticket for ticket, label in tickets(60, seed=2) if label == "bug")
        check(house.ask(cached) == ("cache", "bug"), "an answer in the old format is cached")

        house.names["bug"] = "defect"
        house.write_settings()
        house.call(house.sim_port, "POST", "/sim/script", {"models": house.large()})
        house.reload()
        check(house.route()["stale"], "the small model in service is told to be stale")
        check(house.ask(cached) == ("large", "defect"), "nothing of the old format is served from the cache")
        stale = house.left_to_large(60, seed=3)
        old = set(house.uploaded())

        house.give(1500, seed=4)
        second = json.loads(house.run(*house.cycle).stdout)
        new = [line for line in house.uploaded() if line not in old]
        check(second["promoted"] and second["model"] != first["model"], f"not promoted: {second}")
        check(new and not any('" bug' in line or '"bug"' in line for line in new), "the old format is trained on")
        check(any("defect" in line for line in new), "the new format is not trained on")
        until(lambda: (house.route()["version"] or {}).get("model") == second["model"], 10, "the new version serves")
        check(not house.route()["stale"], "the new version is not stale")
        after = house.left_to_large(60, seed=5)
        said = {house.ask(ticket)[1] for ticket, label in tickets(60, seed=5) if label == "bug"}
        check(said == {"defect"}, f"bugs are called {said}")
        check(stale == 1 and after < stale and before < 1, f"left to large: {before}, {stale}, {after}")
        print(f"  of 60 tickets large answered {before:.0%} before, {stale:.0%} while small was stale, {after:.0%} one "
              f"cycle later; {second['examples']} examples, accepted {second['accepted']:.3f} "
              f"(at least {second['accepted_low']:.3f})")
