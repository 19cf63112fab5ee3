"""A model that was trained on shuffled answers: refused by the evaluation; forced past it, its trial ends it."""
import json
import random

from house import House, check, tickets, until

MOST = 600


def train(house):
    """A model of the same base, by the provider's own endpoints."""
    answers = [label for _, label in tickets(400, seed=7)]
    random.Random(7).shuffle(answers)
    lines = [json.dumps({"prompt": f"{ticket}\n->", "completion": f" {answer}\n"})
             for (ticket, _), answer in zip(tickets(400, seed=7), answers)]
    parts = [('name="purpose"', "fine-tune"), ('name="file"; filename="shuffled.jsonl"', "\n".join(lines))]
    body = "".join(f"--x\r\nContent-Disposition: form-data; {head}\r\n\r\n{value}\r\n" for head, value in parts)
    body += "--x--\r\n"
    form = {"content-type": "multipart/form-data; boundary=x"}
    file = house.call(house.sim_port, "POST", "/v1/files", body.encode(), form)[1]["id"]
    order = {"model": "babbage-002", "training_file": file}
    job = house.call(house.sim_port, "POST", "/v1/fine_tuning/jobs", order)[1]["id"]

    def model():
        found = house.call(house.sim_port, "GET", f"/v1/fine_tuning/jobs/{job}")[1]
        check(found["status"] not in ("failed", "cancelled"), f"the job: {found}")
        return found["fine_tuned_model"]

    return until(model, 120, "the shuffled model is trained")


def tell(bin, folder):
    with House(bin, folder) as house:
        house.serve()
        house.give(1500, seed=1)
        good = json.loads(house.run(*house.cycle).stdout)
        check(good["promoted"], f"not promoted: {good}")
        house.run("versions", "export", "tickets", good["model"], "-o", f"{folder}/version.json")
        with open(f"{folder}/version.json") as file:
            version = json.load(file)
        bad = train(house)
        # As it would come from somebody who trained elsewhere: not evaluated, with a threshold that accepts all.
        version["version"].update(model=bad, evaluation=None, threshold=-100, job=None)
        version["evaluation"] = None
        with open(f"{folder}/bad.json", "w") as file:
            json.dump(version, file)
        house.run("versions", "import", f"{folder}/bad.json")
        report = house.run("evaluate", "tickets", "--model", bad, "--budget", "50", "--yes", "--json", expect=1)
        figures = json.loads(report.stdout)
        refused = house.run("promote", "tickets", "--model", bad, "--yes", expect=1)
        print(f"  evaluate: exit 1, small against large {figures['similarity']:.3f}; promote: exit 1")
        check("nothing changed" in refused.stderr, f"it is refused: {refused.stderr}")

        # A route whose small model answered within the hour is not switched at once.
        for ticket, _ in tickets(20, seed=8):
            house.ask(ticket)
        trial = ["--canary", "50%", "--force", "to see it fail", "--yes"]
        house.run("promote", "tickets", "--model", bad, *trial)
        until(lambda: house.route()["canary"], 10, "the trial begins")
        asked = 0
        for ticket, _ in tickets(MOST, seed=9):
            house.ask(ticket)
            asked += 1
            if asked % 10 == 0 and not house.route()["canary"]:
                break
        until(lambda: not house.route()["canary"], 10, f"rolled back within {MOST} requests")
        route = house.route()
        check(route["version"]["model"] == good["model"], f"in service: {route['version']}")
        events = house.run("store", "events").stdout
        check("canary rolled back" in events, f"the audit log says so: {events}")
        print(f"  forced on trial with one half: rolled back after {asked} requests, of {MOST} at most")
