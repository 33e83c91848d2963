"""What is built and installed: the wheel, the sdist, and what runs from a fresh environment."""

from __future__ import annotations

import ast
import email
import os
import re
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from email.message import Message
from pathlib import Path

import pytest

from tests.command_line import ROOT
from tests.requirements import PROJECT, lowest

pytest.importorskip("hatchling", reason="hatchling is not installed, which builds the wheel")

REPOSITORY = PROJECT["project"]["urls"]["Repository"]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sdist and the wheel made of it."""
    folder = tmp_path_factory.mktemp("dist")
    done = subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(ROOT)],
        capture_output=True, encoding="utf-8")
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture(scope="module")
def wheel(built: Path) -> zipfile.ZipFile:
    (file,) = built.glob("derive_engine-*-py3-none-any.whl")
    return zipfile.ZipFile(file)


@pytest.fixture(scope="module")
def metadata(wheel: zipfile.ZipFile) -> Message:
    (name,) = (n for n in wheel.namelist() if n.endswith(".dist-info/METADATA"))
    return email.message_from_bytes(wheel.read(name))


def description(metadata: Message) -> str:
    return bytes(metadata.get_payload(decode=True)).decode("utf-8")


def files(folder: str) -> set[str]:
    """What a folder of the project holds, by the paths from the root."""
    return {p.relative_to(ROOT).as_posix() for p in (ROOT / folder).rglob("*")
            if p.is_file() and p.suffix != ".pyc" and not p.name.startswith(".")}


def test_the_wheel_has_the_package_the_rules_and_nothing_else(wheel: zipfile.ZipFile) -> None:
    names = {n for n in wheel.namelist() if not n.split("/")[0].endswith(".dist-info")}
    assert names == files("derive") | {f"derive/{name}" for name in files("rules")}
    assert "derive/py.typed" in names  # a type checker reads the annotations of what is installed


def test_the_wheel_has_the_licence(wheel: zipfile.ZipFile) -> None:
    (name,) = (n for n in wheel.namelist() if n.endswith("/LICENSE"))
    assert wheel.read(name) == (ROOT / "LICENSE").read_bytes()


def test_the_sdist_has_what_builds_and_tests_it(built: Path) -> None:
    (file,) = built.glob("derive_engine-*.tar.gz")
    with tarfile.open(file) as archive:
        names = {m.name.partition("/")[2] for m in archive.getmembers()}
    assert names >= {"pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md", "CONTRIBUTING.md",
                     "CITATION.cff", "Makefile", "cli.py", "docs/readme_for_index.py"}
    for folder in ("derive", "rules", "tests", "docs"):
        assert names >= files(folder)
    assert not [n for n in names if re.search(r"__pycache__|\.pyc$|^\.(venv|git/)", n)]


def test_metadata_say_what_an_index_shows(metadata: Message) -> None:
    assert metadata["Name"] == "derive-engine"
    assert metadata["Description-Content-Type"] == "text/markdown"
    assert {u.partition(", ")[0] for u in metadata.get_all("Project-URL") or ()} >= {
        "Repository", "Documentation", "Changelog", "Issues"}
    assert "all" in (metadata.get_all("Provides-Extra") or ())
    pythons = {c.rpartition(" ")[2] for c in metadata.get_all("Classifier") or ()
               if re.search(r":: 3\.\d+$", c)}
    assert pythons == {"3.11", "3.12", "3.13", "3.14"}
    assert metadata["Requires-Python"] == f">={min(pythons)}"


def test_all_addresses_of_the_project_are_of_one_repository() -> None:
    assert all(u.startswith(REPOSITORY) for u in PROJECT["project"]["urls"].values())
    elsewhere = [ROOT / "CITATION.cff", *(ROOT / ".github").rglob("*.yml")]
    for file in elsewhere:
        for address in re.findall(r"https://github\.com/[^\s\"']+",
                                  file.read_text(encoding="utf-8")):
            assert address.startswith(REPOSITORY), file.name


def test_links_of_the_readme_lead_to_files_of_the_repository(metadata: Message) -> None:
    text = re.sub(r"^```.*?^```|`[^`\n]+`", "", description(metadata), flags=re.DOTALL | re.M)
    addresses = re.findall(r"\]\(\s*([^\s)]+)|\b(?:src|href|srcset)=[\"']([^\"']+)", text)
    own = re.compile(re.escape(REPOSITORY) + "/(?:blob|raw)/HEAD/([^#]+)")
    assert addresses
    for address in ("".join(pair) for pair in addresses):
        assert address.startswith(("https://", "#")), f"{address} leads nowhere on an index"
        match = own.match(address)
        assert not match or (ROOT / match[1]).exists(), address


LINKS = {
    "[a](docs/a.md#part)": "[a](R/blob/HEAD/docs/a.md#part)",
    "[`a`](./docs/a.md 'title')": "[`a`](R/blob/HEAD/docs/a.md 'title')",
    "![p](docs/p.png)": "![p](R/raw/HEAD/docs/p.png)",
    "[![p](docs/p.svg)](docs/a.md)": "[![p](R/raw/HEAD/docs/p.svg)](R/blob/HEAD/docs/a.md)",
    '<a href="a.md"><img src="p.png"></a>':
        '<a href="R/blob/HEAD/a.md"><img src="R/raw/HEAD/p.png"></a>',
    "[name]: docs/a.md": "[name]: R/blob/HEAD/docs/a.md",
    "[a](https://example.org/a.md)": "[a](https://example.org/a.md)",
    "[a](#part)": "[a](#part)",
    "`[a](b)`": "`[a](b)`",
    "```\n[a](b)\n```": "```\n[a](b)\n```",
}


@pytest.mark.parametrize("text", LINKS)
def test_relative_links_become_absolute_outside_code(text: str) -> None:
    from docs.readme_for_index import absolute

    assert absolute(f"x {text} y" if "\n" not in text and "]:" not in text else text, "R") \
        .removeprefix("x ").removesuffix(" y") == LINKS[text]


@pytest.fixture(scope="module")
def fresh(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of programs of a new environment with the wheel; what it needs lies beside it."""
    place = tmp_path_factory.mktemp("fresh")
    venv.create(place, with_pip=False)
    programs = place / ("Scripts" if os.name == "nt" else "bin")
    python = programs / Path(sys.executable).name
    subprocess.run([sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet",
                    "--no-deps", "--no-index", "--no-compile", *map(str, built.glob("*.whl"))],
                   check=True)
    inside = next(place.rglob("site-packages"))
    # Only a path: `.pth` files that lie there, such as that of this checkout, are not read.
    (inside / "needed.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return programs


def run(fresh: Path, program: str, *arguments: str, folder: Path | None = None) -> str:
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    done = subprocess.run([str(fresh / program), *arguments], capture_output=True,
                          encoding="utf-8", cwd=folder or fresh,
                          env=environment | {"PYTHONUTF8": "1"})
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_installed_command_derives(fresh: Path) -> None:
    assert "result    softmax(o)[i] - delta(i, y)" in run(fresh, "derive", "grad", "softmax-nll")


def test_the_installed_package_is_a_command(fresh: Path) -> None:
    assert "0.2" in run(fresh, "python", "-m", "derive", "--version")


def test_the_installed_package_makes_kernels(fresh: Path, tmp_path: Path) -> None:
    code = ("import derive, pathlib, sys\n"
            "assert pathlib.Path(derive.__file__).is_relative_to(pathlib.Path(sys.prefix))\n"
            "print(derive.kernel('mse').grad(3.0, 1.0))")
    assert float(run(fresh, "python", "-c", code, folder=tmp_path))
    code = ("import derive, sys\nsys.modules['scipy'] = None\n"
            "print(derive.kernel('poisson-nll').value(1.0, 3.0))")
    assert float(run(fresh, "python", "-c", code, folder=tmp_path))
    run(fresh, "derive", "kernel", "mse", "-o", "own_kernel.py", folder=tmp_path)
    code = "import own_kernel; print(own_kernel.grad(3.0, 1.0))"
    assert float(run(fresh, "python", "-c", code, folder=tmp_path))


def test_lower_bounds_are_what_is_tested_as_the_lowest() -> None:
    """`make test-lowest` installs exactly the bounds of pyproject.toml."""
    pinned = {re.split("==", r)[0] for r in lowest() if "==" in r}
    assert pinned >= {"sympy", "numpy", "click", "mpmath", "rich", "matplotlib",
                      "fonttools", "threadpoolctl"}


# What Python has on POSIX alone: modules, and names of `os` and `signal`.
POSIX = {
    "fcntl", "termios", "pty", "tty", "pwd", "grp", "resource", "curses", "readline", "syslog",
    "os.fork", "os.forkpty", "os.killpg", "os.setsid", "os.getpgid", "os.getuid", "os.geteuid",
    "os.chown", "os.mkfifo", "os.nice", "os.wait", "os.openpty", "os.uname", "os.statvfs",
    "os.getloadavg", "os.sched_getaffinity", "os.fchmod", "os.sysconf", "os.register_at_fork",
    "os.pread", "os.O_NOFOLLOW", "os.O_NONBLOCK", "os.O_DIRECTORY", "signal.SIGALRM",
    "signal.SIGHUP", "signal.SIGKILL", "signal.SIGPIPE", "signal.SIGUSR1", "signal.SIGQUIT",
    "signal.SIGWINCH", "signal.alarm", "signal.setitimer", "signal.pthread_kill"}


def posix_only(source: str) -> list[str]:
    """What a module uses that only POSIX has; that of an `if hasattr(…)` or `if os.name` is let."""
    names: list[str] = []

    def visit(node: ast.AST) -> None:
        if isinstance(node, ast.If) and re.search(r"hasattr\(|os\.name|sys\.platform",
                                                  ast.unparse(node.test)):
            return
        used = [a.name for a in node.names] if isinstance(node, ast.Import) else \
            [node.module or ""] if isinstance(node, ast.ImportFrom) else \
            [ast.unparse(node)] if isinstance(node, ast.Attribute) else []
        names.extend(POSIX.intersection(used))
        for child in ast.iter_child_nodes(node):
            visit(child)

    visit(ast.parse(source))
    return names


def test_the_package_uses_nothing_that_only_posix_has() -> None:
    assert posix_only("import os, fcntl\nos.fork()") == ["fcntl", "os.fork"]  # it can see
    assert not posix_only("if hasattr(os, 'fork'):\n    os.fork()")
    for path in (ROOT / "derive").rglob("*.py"):
        assert not posix_only(path.read_text(encoding="utf-8")), path
