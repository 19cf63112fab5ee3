"""What clients cost that do not wait for their answer, or do not read it.

    readers.py script                 the models, as a script for understudy-sim
    readers.py leaving --pid PID      500 clients leave at random moments, eight times, beside a steady load
    readers.py stalled --pid PID      200 readers of endless streams stop reading

Both print what the process PID (the gateway) holds before and after, and exit with 1 where a promise is broken.
"""
import argparse, http.client, json, multiprocessing, os, random, socket, sys, time

GATEWAY, PROVIDER = 18080, 19001
CLIENTS, ROUNDS, LEAVE_WITHIN_S, SURVIVES_MS = 500, 8, 2.0, 50
READERS, WATCHED_S, EACH_MIB = 200, 12, 3


def script():
    held = [{"hold": True}]
    return {"models": {
        # Half of the questions are never answered by small, the others at once and not in JSON: then large holds them.
        "sim-held": {"answers": [{"text": "no JSON"}], "faults": [{"hold": True, "contains": "small holds"}]},
        "sim-holding": {"answers": [{"text": "{}"}], "faults": held},
        "sim-endless": {"answers": [{"text": "word after word "}], "faults": [{"stream": "endless"}]},
        "sim-steady": {"latency_ms": 5, "answers": [{"text": "{}"}]},
    }}


def calls(connection):
    connection.request("GET", "/sim/calls")
    return json.loads(connection.getresponse().read())["models"]


def in_flight(connection):
    models = calls(connection)
    return sum(models.get(name, {}).get("in_flight", 0) for name in ("sim-held", "sim-holding", "sim-endless"))


def held_by(pid):
    """Resident MiB, open descriptors."""
    with open(f"/proc/{pid}/statm") as statm:
        resident = int(statm.read().split()[1]) * os.sysconf("SC_PAGESIZE")
    return resident / 2**20, len(os.listdir(f"/proc/{pid}/fd"))


def begin(route, text, stream):
    """A client that has asked and waits; its socket."""
    body = json.dumps({"model": route, "stream": stream, "messages": [{"role": "user", "content": text}]}).encode()
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16384)
    client.connect(("127.0.0.1", GATEWAY))
    head = f"POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    client.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
    return client


def steady(stop, asked):
    """Ordinary clients, until they are stopped: eight connections, one question after the other."""
    connections = [http.client.HTTPConnection("127.0.0.1", GATEWAY, timeout=20) for _ in range(8)]
    number = 0
    while not stop.is_set():
        for connection in connections:
            number += 1
            message = {"role": "user", "content": f"steady {time.time_ns()} {number}"}
            body = json.dumps({"model": "steady", "messages": [message]})
            connection.request("POST", "/v1/chat/completions", body, {"content-type": "application/json"})
        for connection in connections:
            answer = connection.getresponse()
            answer.read()
            if answer.status != 200:
                sys.exit(f"a client that stays got {answer.status}")
            asked.value += 1


def until(true, seconds, what):
    limit = time.monotonic() + seconds
    while not true():
        if time.monotonic() > limit:
            sys.exit(f"not within {seconds} s: {what}")


def leave(provider, number):
    """One round; the longest time, in ms, for which more calls were under way than clients there to wait for them."""
    clients = []
    for index in range(CLIENTS):
        holder = "small holds" if index % 2 else "large holds"
        clients.append(begin("leaving", f"{holder} {number} {index}", stream=index % 4 < 2))
    until(lambda: in_flight(provider) == CLIENTS, 20, f"{CLIENTS} calls of the models")
    began = time.monotonic()
    due = sorted(((began + random.uniform(0, LEAVE_WITHIN_S), client) for client in clients), key=lambda pair: pair[0])
    present, longest, since = CLIENTS, 0, None
    while True:
        now = time.monotonic()
        while due and due[0][0] <= now:
            due.pop(0)[1].close()
            present -= 1
        there = present
        if in_flight(provider) > there:
            since = since or now
            longest = max(longest, time.monotonic() - since)
        else:
            since = None
            if not due:
                return longest * 1000
        if time.monotonic() > began + LEAVE_WITHIN_S + 10:
            sys.exit("calls outlive their clients by more than ten seconds")


def leaving(pid):
    random.seed(7)
    provider = http.client.HTTPConnection("127.0.0.1", PROVIDER, timeout=20)
    stop, asked = multiprocessing.Event(), multiprocessing.Value("l", 0)
    load = multiprocessing.Process(target=steady, args=(stop, asked), daemon=True)
    load.start()
    # The first round opens the connections to the models that stay open; what counts is that no other adds to it.
    rows = []
    print("| round | calls outlived their clients by at most | resident | descriptors |\n| --- | --- | --- | --- |")
    print("| before | | {:.1f} MiB | {} |".format(*held_by(pid)))
    for number in range(ROUNDS + 1):
        longest = leave(provider, number)
        time.sleep(1)
        rows.append((longest, *held_by(pid)))
        print("| {} | {:.1f} ms | {:.1f} MiB | {} |".format(number or "warm-up", *rows[-1]), flush=True)
    stop.set()
    load.join(20)
    models = calls(provider)
    left, under_way = sum(model["cancelled"] for model in models.values()), in_flight(provider)
    print(f"{left} calls cancelled, {under_way} under way; {asked.value} questions of those who stay, all answered")
    if load.exitcode != 0 or under_way:
        sys.exit(1)
    longest, grown = max(row[0] for row in rows), rows[-1][1] - rows[0][1]
    if longest > SURVIVES_MS:
        sys.exit(f"broken: a call outlived its client by {longest:.1f} ms, {SURVIVES_MS} are promised")
    if rows[-1][2] > rows[0][2] + 8 or grown > 8:
        sys.exit(f"broken: {rows[-1][2] - rows[0][2]} descriptors and {grown:.1f} MiB more than after the warm-up")


def stalled(pid):
    provider = http.client.HTTPConnection("127.0.0.1", PROVIDER, timeout=20)
    begin("endless", "warm", stream=True).close()
    until(lambda: calls(provider).get("sim-endless", {}).get("cancelled") == 1, 10, "a first call is cancelled")
    print("| readers | seconds | resident | each | descriptors |\n| --- | --- | --- | --- | --- |")
    before, descriptors = held_by(pid)
    print(f"| 0 | | {before:.1f} MiB | | {descriptors} |")
    readers = [begin("endless", f"question {index}", stream=True) for index in range(READERS)]
    until(lambda: in_flight(provider) == READERS, 20, f"{READERS} streams")
    each = []
    for second in range(4, WATCHED_S + 1, 4):
        time.sleep(4)
        resident, there = held_by(pid)
        each.append((resident - before) / READERS)
        print(f"| {READERS} | {second} | {resident:.1f} MiB | {each[-1]:.2f} MiB | {there} |", flush=True)
    for reader in readers:
        reader.close()
    until(lambda: in_flight(provider) == 0, 10, "their calls end with them")
    time.sleep(1)
    resident, after = held_by(pid)
    print(f"| 0 | | {resident:.1f} MiB | | {after} |")
    if max(each) > EACH_MIB or each[-1] > 1.1 * each[0] or after > descriptors + 8:
        sys.exit(f"broken: {max(each):.2f} MiB a reader, {after - descriptors} descriptors more")


arguments = argparse.ArgumentParser()
arguments.add_argument("what", choices=["script", "leaving", "stalled"])
arguments.add_argument("--pid", type=int)
given = arguments.parse_args()
if given.what == "script":
    print(json.dumps(script()))
else:
    {"leaving": leaving, "stalled": stalled}[given.what](given.pid)
