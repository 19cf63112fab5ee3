"""What the measuring scripts of this directory share.

The yardsticks are C programs outside this repository (bench.sh says where it looks); they are built here, once. A child
is ended when its `with` block is left, however that happens.
"""
import contextlib, itertools, json, os, pathlib, socket, statistics, subprocess, tempfile, time

HERE = pathlib.Path(__file__).resolve().parent
SOURCES = pathlib.Path(os.environ.get("UNDERSTUDY_BENCH", HERE / "../../../shared/bench"))
BUILD = pathlib.Path(tempfile.gettempdir()) / "understudy-bench"
LIBRARIES = {"oload": ["-lm"], "evcurl": ["-levent", "-lcurl"], "evhello": ["-levent", "-lhiredis"]}
GATEWAY = "http://127.0.0.1:18080/v1/chat/completions"
FLOOR = "http://127.0.0.1:18200/v1/chat/completions"
NGINX = "http://127.0.0.1:18300/v1/chat/completions"
UPSTREAM = "http://127.0.0.1:19000/v1/chat/completions"
_seeds = itertools.count(1, 3_000_000)


def next_seed():
    """Every request is new: @@@@@@@@ in its body is a number, and no two runs begin with the same one."""
    return next(_seeds)


def build(name, directory=SOURCES):
    BUILD.mkdir(exist_ok=True)
    source, program = directory / f"{name}.c", BUILD / name
    if not program.exists() or program.stat().st_mtime < source.stat().st_mtime:
        subprocess.run(["gcc", "-O2", "-w", "-o", program, source, *LIBRARIES.get(name, [])], check=True)
    return str(program)


def body(name, model):
    """A file with that request of the yardsticks, for a route of config/bench.yaml."""
    request = json.loads((SOURCES / name).read_text())
    path = BUILD / f"{model}-{name}"
    path.write_text(json.dumps({**request, "model": model}))
    return str(path)


@contextlib.contextmanager
def running(port, *command):
    """That program, listening on that port of loopback. Gives its process id."""
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            if process.poll() is not None:
                break
            time.sleep(0.05)
        else:
            raise SystemExit(f"{command[0]} does not listen on port {port}")
        if process.poll() is not None:
            raise SystemExit(f"{command[0]} ended at once: is port {port} taken?")
        yield process.pid
    finally:
        process.terminate()
        process.wait()


def upstream(first_us=0, gap_us=0, tokens=20):
    """The mock model: its first token after `first_us`, then one every `gap_us`."""
    return running(19000, build("mock_upstream"), "-n", str(tokens), f"19000:{first_us}:{gap_us}")


def nginx(program):
    """nginx before the mock model, as nginx.conf says; nothing where there is none."""
    if not program:
        return contextlib.nullcontext()
    prefix = pathlib.Path("var/bench/nginx").resolve()
    prefix.mkdir(parents=True, exist_ok=True)
    return running(18300, program, "-e", "error.log", "-p", f"{prefix}/", "-c", str(HERE / "nginx.conf"))


def drive(url, file, pid=None, rate=0, connections=64, seconds=6, warm=1, requests=None):
    """oload's figures. Ends the script if a request failed: there is nothing to compare then."""
    command = [build("oload"), "-u", url, "-b", file, "-U", "-s", str(next_seed()), "-r", str(rate)]
    command += ["-c", str(connections), "-d", str(seconds), "-w", str(warm)]
    if pid:
        command += ["-p", str(pid)]
    if requests:
        command += ["-n", str(requests)]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    got = json.loads(output.strip().splitlines()[-1])
    bad = got["err_http"] + got["err_conn"] + got["err_parse"] + (got["dropped"] if rate else 0)
    if bad or not got["ok"]:
        raise SystemExit(f"{url}: {bad} requests failed, last status {got['last_status']}: no figures")
    return got


def cpu_seconds(pid):
    """CPU time of a process and its children."""
    total = 0
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = stat.read_text().rpartition(")")[2].split()
            if pid in (int(stat.parent.name), int(fields[1])):
                total += int(fields[11]) + int(fields[12])
    return total / os.sysconf("SC_CLK_TCK")


def median(rows, *path):
    """The median of one figure of all rounds; `path` leads to it."""
    values = []
    for row in rows:
        for key in path:
            row = row[key]
        values.append(row)
    return statistics.median(values)
