"""Examples by the provider's batches, and models of growing parts of them: where more stops helping."""
import json

from house import House, check

PARTS = [40, 200, 800]


def tell(bin, folder):
    with House(bin, folder) as house:
        house.give(1500, seed=1)
        made = house.run("generate", "tickets", "--inputs", house.inputs, "--batch", "--budget", "50", "--yes", "--json")
        batches = house.call(house.sim_port, "GET", "/v1/batches?limit=100")[1]["data"]
        answered = sum(batch["request_counts"]["completed"] for batch in batches)
        kept = json.loads(made.stdout)["kept"]
        check(answered == 1500 and kept > 1400, f"{answered} answered in batches, {kept} kept")
        check(house.paid()["large"] == 1500, f"paid: {house.paid()}")
        again = house.run("generate", "tickets", "--inputs", house.inputs, "--batch", "--budget", "50", "--yes", "--json")
        check(house.paid()["large"] == 1500, f"the second run has paid: {again.stderr}")

        parts = ",".join(map(str, PARTS))
        learnt = house.run("finetune", "tickets", "--curve", parts, "--budget", "50", "--yes", "--json")
        found = json.loads(learnt.stdout)
        points = found["curve"]["points"]
        shares = [point["similarity"]["share"] for point in points]
        check([point["examples"] for point in points] == PARTS, f"trained on {points}")
        check(len({point["model"] for point in points}) == 3, "not a model for each part")
        check(shares[0] < shares[-1], f"more examples are not better: {shares}")
        check("stopped helping" in learnt.stderr or "still helps" in learnt.stderr, learnt.stderr)
        looks = json.loads(house.run("evaluate", "tickets", "--json", "--yes").stdout)["looks"]
        check(looks == 3, f"the last of three looks, once more, is told as look {looks}")
        print(f"  {answered} answers by {len(batches)} batch(es); as large answers: " + ", ".join(
            f"{share:.1%} with {part}" for part, share in zip(PARTS, shares)) + f"; enough: {found['curve']['enough']}")
