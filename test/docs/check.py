#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks the pages (*.md) and the comments of src/, include/, test/ and
benchmark/.

  check.py ROOT [RULE...]     one line for each breach; exit 1 if there is one
  check.py --list ROOT        count the breaches by rule and file
  check.py --self-test ROOT   break a copy in each way; each must be found

Rules:
  link   a relative link of a page leads to a file, and its #anchor to a heading
  file   a file that a page or a comment names exists
  long   no line of a page is longer than 120 columns
  word   none of the words that docs/style.md forbids (WORDS)
  term   none of the words that docs/glossary.md replaces (TERMS)

allow.tsv, beside this file, excuses a breach: rule, file, text (* for any),
reason. A file may be a pattern. A row that excuses nothing is a breach too.
"""
import fnmatch
import pathlib
import re
import shutil
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
COLUMNS_MAX = 120
# For a thread, a process or a function these words name nothing.
WORDS = ("who", "whom", "whoever", "whomever", "somebody", "someone", "nobody",
         "anybody", "everybody")
# Word: what docs/glossary.md has instead.
TERMS = {"lent": "vfork child", "thrifty": "CPU-bounded", "crowd": "burst",
         "crowds": "bursts", "milestone": "marker", "milestones": "markers",
         "newborn": "starting", "newborns": "starting workers"}
ENDINGS = ("c h py md tsv cmake sh supp json js lua txt in patch yml inc svg"
           .split())
# A name with a slash that ends like a file, or begins with one of our folders.
NAMED = re.compile(
    r"(?<![\w/.~$@}:>-])((?:\.\.?/)*[\w.+*-]+(?:/[\w.+*-]+)+)(?![\w/<>({-])")
OURS = ("src/", "test/", "docs/", "benchmark/", "scripts/", "include/", ".ci/",
        ".github/")
# Folders of the system's headers, and of what a build makes.
FOREIGN = re.compile(r"(sys|linux|asm|bits|netinet|arpa|rdma)/|build/")
# A name that stands for any name.
ANY = re.compile(r"(?:^|/)(TOPIC|NAME|FILE|ROW|DIR)\b")
CODE = ("src", "include", "test", "benchmark", "scripts")
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#{1,6}\s+(.*?)\s*#*$")


def pages(root):
    return [path for path in sorted(root.rglob("*.md"))
            if not {"build", ".git"} & set(path.relative_to(root).parts)]


def sources(root):
    for folder in CODE:
        for path in sorted((root / folder).rglob("*")):
            if path.is_file() and (path.suffix in
                                   (".c", ".h", ".py", ".cmake", ".sh", ".in")
                                   or path.name == "CMakeLists.txt"
                                   or path.suffix == ""):
                yield path


# -- What is looked at ---------------------------------------------------------

def c_comments(text):
    """(line number, text) of each line of a comment; strings are left out."""
    token = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|'
                       r"'(?:\\.|[^'\\\n])*'", re.S)
    for match in token.finditer(text):
        if match[0][0] != "/":
            continue
        first = text.count("\n", 0, match.start()) + 1
        for offset, line in enumerate(match[0].split("\n")):
            yield first + offset, line


def hash_comments(text):
    for number, line in enumerate(text.split("\n"), 1):
        match = re.search(r"(?:^|\s)#(?!!)(.*)", line)
        if match:
            yield number, match[1]


def py_comments(text):
    yield from hash_comments(text)
    for match in re.finditer(r'"""(.*?)"""', text, re.S):
        first = text.count("\n", 0, match.start()) + 1
        for offset, line in enumerate(match[1].split("\n")):
            yield first + offset, line


def comments(path):
    try:
        text = path.read_text()
    except UnicodeDecodeError:
        return []
    if path.suffix in (".c", ".h"):
        return list(c_comments(text))
    if path.suffix == ".py" or text.startswith("#!/usr/bin/env python"):
        return list(py_comments(text))
    return list(hash_comments(text))


def prose(text):
    """(line number, line) of a page without its blocks of code."""
    fenced = False
    for number, line in enumerate(text.split("\n"), 1):
        if line.lstrip().startswith("```"):
            fenced = not fenced
        elif not fenced and not line.startswith("    "):
            yield number, line


# -- The rules -----------------------------------------------------------------

def anchors(path):
    """The anchors of a page, as forges make them of its headings."""
    found, seen = set(), {}
    for _, line in prose(path.read_text()):
        match = HEADING.match(line)
        if match:
            name = re.sub(r"[^\w\- ]", "", match[1].lower()).replace(" ", "-")
            count = seen[name] = seen.get(name, -1) + 1
            found.add(f"{name}-{count}" if count else name)
        found.update(re.findall(r'<a (?:id|name)="([^"]+)"', line))
    return found


def check_links(root, path):
    for number, line in prose(path.read_text()):
        for target in LINK.findall(re.sub(r"`[^`]*`", "", line)):
            if re.match(r"[a-z]+:", target):
                continue
            name, _, anchor = target.partition("#")
            there = path if not name else path.parent / name
            if not there.exists():
                yield number, target, "leads to no file"
            elif anchor and anchor not in anchors(there):
                yield number, target, "leads to no heading"


def exists(root, path, name):
    if re.fullmatch(r"benchmark/\w+", name):
        name += ".c"  # A program of that name is built from it.
    bases = [root, root / "src", root / "src/unix", root / "test",
             root / "benchmark", path.parent, path.parent.parent]
    for base in bases:
        if "*" in name or (base / name).exists():
            if "*" not in name or any(base.glob(name)):
                return True
    return False


def check_files(root, path, lines):
    for number, line in lines:
        for name in NAMED.findall(re.sub(r"\]\([^)]*\)", "]", line)):
            name = name.rstrip(".-")
            is_file = name.rpartition(".")[2] in ENDINGS
            if (is_file or name.startswith(OURS)) \
                    and not FOREIGN.match(name.lstrip("./")) \
                    and not ANY.search(name) \
                    and not exists(root, path, name):
                yield number, name, "there is no such file"


def check_long(root, path):
    for number, line in enumerate(path.read_text().split("\n"), 1):
        if len(line) > COLUMNS_MAX:
            yield number, line[:30], f"{len(line)} columns"


def check_words(lines):
    pattern = re.compile(r"\b(%s)\b" % "|".join(WORDS), re.I)
    for number, line in lines:
        for match in pattern.finditer(re.sub(r"`[^`]*`", "", line)):
            yield number, match[1], f"names no subject: {line.strip()[:60]}"


def check_terms(lines):
    pattern = re.compile(r"\b(%s)\b" % "|".join(TERMS), re.I)
    for number, line in lines:
        for match in pattern.finditer(re.sub(r"`[^`]*`", "", line)):
            yield number, match[1], f"the term is {TERMS[match[1].lower()]}"


def breaches(root):
    """(rule, file, line, what, why) of everything."""
    for path in pages(root):
        name = path.relative_to(root).as_posix()
        lines = list(prose(path.read_text()))
        for rule, found in (("link", check_links(root, path)),
                            ("file", check_files(root, path, lines)),
                            ("long", check_long(root, path)),
                            ("word", check_words(lines)),
                            ("term", check_terms(lines))):
            for number, what, why in found:
                yield rule, name, number, what, why
    for path in sources(root):
        name = path.relative_to(root).as_posix()
        lines = comments(path)
        for rule, found in (("file", check_files(root, path, lines)),
                            ("word", check_words(lines)),
                            ("term", check_terms(lines))):
            for number, what, why in found:
                yield rule, name, number, what, why


def rows(path, fields):
    if not path.exists():
        return []
    found = []
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if line and not line.startswith("#"):
            row = line.split("\t")
            if len(row) != fields or not all(cell.strip() for cell in row):
                sys.exit(f"{path}:{number}: not {fields} fields with a reason")
            found.append(tuple(row))
    return found


def check(root, here):
    """The breaches that are not excused, and the excuses that are not needed."""
    allow = {row[:3]: 0 for row in rows(here / "allow.tsv", 4)}
    found = []
    for rule, name, number, what, why in breaches(root):
        excuse = next((row for row in allow if row[0] == rule
                       and fnmatch.fnmatch(name, row[1])
                       and row[2] in ("*", what)), None)
        if excuse:
            allow[excuse] += 1
        else:
            found.append((rule, f"{name}:{number}: {rule}: {what}: {why}"))
    for row, used in allow.items():
        if not used:
            found.append((row[0], f"allow.tsv: excuses nothing: {' '.join(row)}"))
    return found


# -- The self-test -------------------------------------------------------------

BROKEN = [
    ("link", "docs/a.md", "See [it](nowhere.md).\n"),
    ("link", "docs/a.md", "See [it](b.md#no-such-heading).\n"),
    ("file", "docs/a.md", "The file `test/nothing.c` says so.\n"),
    ("file", "docs/a.md", "It is in unix/io/nothing.c.\n"),
    ("file", "src/loop/x.c", "/* As docs/nothing.md says. */\n"),
    ("file", "src/loop/x.c", "/* The order is\n * that of io/nothing.c. */\n"),
    ("file", "test/x.py", "# See test/nothing.py.\n"),
    ("long", "docs/a.md", "x" * 121 + "\n"),
    ("long", "README.md", "x " * 61 + "\n"),
    ("word", "docs/a.md", "Whoever sleeps is woken.\n"),
    ("word", "src/loop/x.c", "/* A thread who waits. */\n"),
    ("word", "benchmark/x.c", "int i; // Nobody reads.\n"),
    ("term", "docs/a.md", "The lent child.\n"),
    ("term", "src/loop/x.c", "/* A crowd of events. */\n"),
]
SOUND = [
    ("docs/a.md", "See [it](b.md#the-heading), [b](b.md), "
     "[net](https://example.org/x.md).\n"),
    ("docs/a.md", "`src/loop/loop.c`, loop/loop.c, src/loop/, `src/loop/*.c`, "
     "<linux/io_uring.h>, /etc/nothing.md, build/x.json, `NAME/x`.\n"),
    ("docs/a.md", "x" * 120 + "\n"),
    ("docs/a.md", "The symbol `nobody` and whole words: whole, crowded.\n"),
    ("docs/a.md", "```\nwho\n```\n"),
    ("src/loop/x.c", 'const char* s = "nobody"; /* A user\'s name. */\n'),
]


def with_file(root, name, text):
    """What check() finds in a copy of a small tree with this file in it."""
    with tempfile.TemporaryDirectory() as folder:
        copy = pathlib.Path(folder)
        for path, content in (("docs/b.md", "# B\n\n## The heading\n"),
                              ("src/loop/loop.c", "/* The loop. */\n")):
            (copy / path).parent.mkdir(parents=True, exist_ok=True)
            (copy / path).write_text(content)
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        (copy / name).write_text(text)
        return check(copy, copy)


def self_test(root):
    failed = 0
    for rule, name, text in BROKEN:
        if rule not in [found[0] for found in with_file(root, name, text)]:
            failed += 1
            print(f"not found: {rule}: {name}: {text.strip()[:60]}")
    for name, text in SOUND:
        for _, line in with_file(root, name, text):
            failed += 1
            print(f"a false alarm: {line}")
    # The real pages, with one link broken and one excuse too many.
    with tempfile.TemporaryDirectory() as folder:
        copy = pathlib.Path(folder, "copy")
        shutil.copytree(root, copy, ignore=shutil.ignore_patterns(
            "build", ".git", "*.o"), symlinks=True)
        here = copy / "test/docs"
        before = len(check(copy, here))
        readme = copy / "README.md"
        readme.write_text(readme.read_text() + "\n[gone](docs/gone.md)\n")
        with open(here / "allow.tsv", "a") as file:
            file.write("word\tREADME.md\twhoever\tnothing of the kind\n")
        after = len(check(copy, here))
        if after != before + 2:
            failed += 1
            print(f"of two faults in a copy {after - before} were found")
    print(f"{len(BROKEN) + len(SOUND) + 1 - failed} of "
          f"{len(BROKEN) + len(SOUND) + 1} as they should be")
    return failed


def main(arguments):
    if arguments[:1] == ["--self-test"]:
        return 1 if self_test(pathlib.Path(arguments[1]).resolve()) else 0
    if arguments[:1] == ["--list"]:
        counts = {}
        for rule, name, *_ in breaches(pathlib.Path(arguments[1])):
            counts[rule, name] = counts.get((rule, name), 0) + 1
        for (rule, name), count in sorted(counts.items()):
            print(rule, name, count, sep="\t")
        return 0
    if not arguments:
        sys.exit(__doc__)
    found = check(pathlib.Path(arguments[0]), HERE)
    asked = set(arguments[1:])
    told = [line for rule, line in found if not asked or rule in asked]
    print("\n".join(told))
    return 1 if told else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
