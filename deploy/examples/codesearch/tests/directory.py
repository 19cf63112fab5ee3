"""A directory of source files for a test, from texts."""
import pathlib
import subprocess
import tempfile
import textwrap


class Directory(tempfile.TemporaryDirectory):
    def __init__(self, **files):
        """Names with `__` for a slash and `_DOT_` for a dot: `src__a_DOT_py="..."`."""
        super().__init__()
        for name, text in files.items():
            self.write(name.replace("__", "/").replace("_DOT_", "."), text)

    def write(self, path, text):
        file = pathlib.Path(self.name) / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(textwrap.dedent(text).lstrip("\n"), encoding="utf-8")

    def git(self, *arguments, author="Alice Doe <alice@example.com>", date="2020-01-01T00:00:00Z"):
        name, address = author.rstrip(">").split(" <")
        variables = {
            "GIT_AUTHOR_NAME": name, "GIT_AUTHOR_EMAIL": address, "GIT_AUTHOR_DATE": date, "GIT_COMMITTER_NAME": name,
            "GIT_COMMITTER_EMAIL": address, "GIT_COMMITTER_DATE": date, "GIT_CONFIG_GLOBAL": "/dev/null",
            "GIT_CONFIG_SYSTEM": "/dev/null", "PATH": "/usr/bin:/bin", "HOME": self.name,
        }
        subprocess.run(["git", "-C", self.name, *arguments], check=True, capture_output=True, env=variables)

    def commit(self, **options):
        self.git("add", "-A", **options)
        self.git("commit", "-m", "change", **options)
