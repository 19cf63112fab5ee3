"""What a directory of source files holds: functions, methods, types, tests and the files themselves, each an Entry."""
import dataclasses
import os
import pathlib
import subprocess

LANGUAGES = {
    ".swift": "swift", ".py": "python", ".c": "c", ".h": "c", ".cpp": "c++", ".cc": "c++", ".cxx": "c++", ".hpp": "c++",
    ".go": "go", ".rs": "rust", ".js": "javascript", ".mjs": "javascript", ".ts": "typescript", ".java": "java",
    ".kt": "kotlin", ".rb": "ruby", ".php": "php", ".sh": "shell", ".sql": "sql", ".hs": "haskell", ".md": "markdown",
    ".html": "html", ".css": "css", ".json": "json", ".yaml": "yaml", ".yml": "yaml",
}
LARGEST = 1 << 20
LEFT_OUT = {"node_modules", "__pycache__", "var", "build", "target", "vendor"}


@dataclasses.dataclass
class Parameter:
    """Of a function: what a call has to write for it."""

    label: str
    optional: bool = False
    variadic: bool = False


@dataclasses.dataclass
class Entry:
    kind: str
    name: str
    path: str
    language: str
    line: int
    #: The type that it belongs to, "" outside of any; `Outer.Inner` where types nest.
    owner: str = ""
    last: int = 0
    complexity: int = 0
    calls: set = dataclasses.field(default_factory=set)
    #: Every word in it, for tests: what they mention.
    words: set = dataclasses.field(default_factory=set)
    recursive: bool = False
    tests: int = 0
    #: What calls have to write; None where the language does not tell overloads apart by it.
    parameters: list | None = None
    #: Calls of its own name on its own self: the labels that each writes.
    own_calls: list = dataclasses.field(default_factory=list)

    @property
    def full_name(self):
        return f"{self.owner}.{self.name}" if self.owner else self.name

    @property
    def lines(self):
        return self.last - self.line + 1

    @property
    def is_callable(self):
        return self.kind in ("function", "method", "test")


def source_files(directory):
    """Paths relative to the directory: what git knows or would know, or all that is not hidden or built."""
    root = pathlib.Path(directory)
    paths = _listed_by_git(root)
    if not paths:
        for folder, folders, names in os.walk(root):
            folders[:] = [f for f in folders if not f.startswith(".") and f not in LEFT_OUT]
            paths += [os.path.relpath(os.path.join(folder, n), root) for n in names]
    for path in sorted(set(paths)):
        file = root / path
        if pathlib.PurePath(path).suffix in LANGUAGES and file.is_file() and not file.is_symlink():
            if file.stat().st_size <= LARGEST:
                yield path


def _listed_by_git(root):
    """Empty where git is missing, knows no such checkout, or none of its files."""
    command = ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        listed = subprocess.run(command, capture_output=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return []
    return [os.fsdecode(p) for p in listed.split(b"\0") if p]


def accepts(parameters, labels):
    """Whether a call with these labels can mean a function with these parameters."""
    at = 0
    for parameter in parameters:
        if at < len(labels) and labels[at] == parameter.label:
            at += 1
            while parameter.variadic and at < len(labels) and labels[at] == "_":
                at += 1
        elif not (parameter.optional or parameter.variadic):
            return False
    return at == len(labels)
