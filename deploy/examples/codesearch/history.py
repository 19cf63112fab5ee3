"""Who wrote what, and when it was last changed. Of files one `git log` tells all; of what is in them `git blame`, asked
only for the files that a search is left with.
"""
import collections
import concurrent.futures
import functools
import os
import pathlib
import re
import subprocess
import time

_HEADER = re.compile(rb"^([0-9a-f]{40,64}) [0-9]+ ([0-9]+)(?: ([0-9]+))?$")


class History:
    def __init__(self, directory):
        self.directory = directory
        self.is_known = self._git("rev-parse", "--is-inside-work-tree").strip() == b"true"

    def me(self):
        """Names and address of who asks, in lower case; empty if git does not know."""
        return {v for key in ("user.name", "user.email") if (v := self._git("config", key).decode().strip().lower())}

    def read(self, paths):
        """Blames many files at once: the waiting is git's."""
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            list(pool.map(self.blame, sorted(set(paths))))

    @functools.cache
    def blame(self, path):
        """For each line its author (name, address) and time; empty if git does not have the file."""
        lines, commits, commit = [], collections.defaultdict(dict), {}
        for row in self._git("blame", "--porcelain", "--", path).split(b"\n"):
            if row.startswith(b"\t"):
                lines.append(commit)
            elif found := _HEADER.match(row):
                commit = commits[found[1]]
            else:
                key, _, value = row.partition(b" ")
                commit[key] = value.decode("utf-8", "replace")
        return [((c.get(b"author", ""), c.get(b"author-mail", "").strip("<>")), int(c.get(b"author-time", 0))) for c in lines]

    def author(self, entry):
        """Name and address of who wrote most of its lines; None if nobody knows."""
        lines = self.blame(entry.path)[entry.line - 1 : entry.last]
        return collections.Counter(author for author, _ in lines).most_common(1)[0][0] if lines else None

    def age(self, entry):
        """Seconds since its last change, of any of its lines; None if nobody knows."""
        if entry.kind == "file":
            return self.file_age(entry.path)
        lines = self.blame(entry.path)[entry.line - 1 : entry.last]
        return max(0.0, time.time() - max(when for _, when in lines)) if lines else None

    def file_age(self, path):
        """Seconds since the file was changed: nothing in it was changed later."""
        return max(0.0, time.time() - self._changes[path]) if path in self._changes else None

    @functools.cached_property
    def _changes(self):
        """When each file was changed last; what is not committed is changed now."""
        now = time.time()
        changes = {os.fsdecode(p): now for p in self._git("diff", "-z", "--name-only", "--relative", "HEAD").split(b"\0") if p}
        when = now
        for row in self._git("log", "-z", "--format=%x01%ct", "--name-only", "--relative", "--no-renames").split(b"\0"):
            row = row.strip(b"\n")
            if row.startswith(b"\x01"):
                when = int(row[1:].split(b"\n")[0])
            elif row:
                changes.setdefault(os.fsdecode(row), when)
        return changes

    def _git(self, *arguments):
        try:
            return subprocess.run(["git", "-C", str(pathlib.Path(self.directory)), *arguments], capture_output=True).stdout
        except OSError:  # no git on this machine
            return b""
