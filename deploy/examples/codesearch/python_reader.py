"""Reads Python with its own parser."""
import ast

from entries import Entry

DECISIONS = (
    ast.If, ast.For, ast.AsyncFor, ast.While, ast.IfExp, ast.ExceptHandler, ast.match_case, ast.comprehension, ast.Assert,
)


def read_python(text, file):
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return []  # another Python's, or none: the file itself is still an entry
    entries = []
    _walk(tree, file, [], entries)
    file.complexity = sum(e.complexity for e in entries if e.is_callable) + _decisions(tree)
    file.calls |= _calls(tree)
    return entries


def _walk(node, file, around, entries):
    """`around` are the entries that enclose the node, outermost first."""
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            _walk(child, file, around, entries)
            continue
        parent = around[-1] if around else None
        is_class = isinstance(child, ast.ClassDef)
        kind = _class_kind(child) if is_class else _function_kind(child, parent)
        entry = Entry(
            kind, child.name, file.path, file.language, child.lineno, ".".join(e.name for e in around), child.end_lineno
        )
        entry.complexity = _decisions(child) + (0 if is_class else 1)
        entry.calls = _calls(child)
        if kind == "test":
            entry.words = {n.id for n in ast.walk(child) if isinstance(n, ast.Name)} | {
                n.attr for n in ast.walk(child) if isinstance(n, ast.Attribute)
            }
        if not is_class:
            entry.own_calls = _own_calls(child, parent)
        entries.append(entry)
        before = len(entries)
        _walk(child, file, [*around, entry], entries)
        if is_class:
            entry.complexity += sum(e.complexity for e in entries[before:] if e.is_callable)


def _class_kind(node):
    bases = {ast.unparse(base).split(".")[-1].split("[")[0] for base in node.bases}
    if bases & {"Enum", "IntEnum", "StrEnum", "Flag", "IntFlag"}:
        return "enum"
    return "protocol" if "Protocol" in bases else "class"


def _function_kind(node, parent):
    if node.name.startswith("test_") or node.name == "test":
        return "test"
    return "method" if parent and not parent.is_callable else "function"


def _inside(node):
    """The nodes of a function or class that belong to no function or class in it."""
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield child
            yield from _inside(child)


def _decisions(node):
    inside = list(_inside(node))
    return sum(isinstance(n, DECISIONS) for n in inside) + sum(
        len(n.values) - 1 for n in inside if isinstance(n, ast.BoolOp)
    )


def _calls(node):
    names = set()
    for call in ast.walk(node):
        if isinstance(call, ast.Call):
            if isinstance(call.func, ast.Name):
                names.add(call.func.id)
            elif isinstance(call.func, ast.Attribute):
                names.add(call.func.attr)
                if isinstance(call.func.value, ast.Name):
                    names.add(f"{call.func.value.id}.{call.func.attr}")
    return names


def _own_calls(node, parent):
    """Calls of itself: by name, or for a method on self, cls or its class. What a method calls by the bare name is another."""
    in_class = parent is not None and not parent.is_callable
    found = []
    for call in ast.walk(node):
        if not isinstance(call, ast.Call):
            continue
        match call.func:
            case ast.Name(id=node.name) if not in_class:
                found.append([])
            case ast.Attribute(value=ast.Name(id="self" | "cls"), attr=node.name) if in_class:
                found.append([])
            case ast.Attribute(value=ast.Name(id=parent_name), attr=node.name) if in_class and parent_name == parent.name:
                found.append([])
    return found
