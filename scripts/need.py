"""Programs that the tests need beside Python: found, or installed from Debian, or named.

`need.py gettext chromium` ends with 0 once all of them are there, else with one line that says
what is missing and 1.
"""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Program:
    """Any one of `names` will do; Debian has it in `packages`."""

    names: tuple[str, ...]
    packages: tuple[str, ...]
    folders: str = ""  # where Debian keeps it beside PATH; the newest version is taken
    files: str = ""  # or what is no program: any file like this will do


PROGRAMS = {
    "chromium": Program(
        ("chromium", "chromium-browser", "google-chrome"), ("chromium", "fonts-noto-cjk")
    ),
    "font": Program((), ("fonts-noto-cjk",), files="usr/share/fonts/**/NotoSansCJK-Regular.ttc"),
    "gettext": Program(("xgettext",), ("gettext",)),
    "postgresql": Program(("initdb",), ("postgresql",), "usr/lib/postgresql/*/bin"),
}


def find(need: str) -> Path | None:
    """Where the program is on this machine, if it is."""
    program = PROGRAMS[need]
    if program.files:
        return next(Path("/").glob(program.files), None)
    folders = sorted(Path("/").glob(program.folders), key=_version) if program.folders else []
    path = os.pathsep.join([*map(str, reversed(folders)), os.environ.get("PATH", os.defpath)])
    found = (shutil.which(name, path=path) for name in program.names)
    return next((Path(place) for place in found if place), None)


def _version(folder: Path) -> int:
    return int(folder.parent.name) if folder.parent.name.isdigit() else 0


def install(packages: list[str]) -> None:
    """Debian's packages, where this may be done without asking anybody."""
    env = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for arguments in (["update"], ["install", "--yes", "--no-install-recommends", *packages]):
        subprocess.run(
            ["apt-get", "--quiet", *arguments], env=env, stdin=subprocess.DEVNULL, check=False
        )


def main() -> int:
    missing = [need for need in sys.argv[1:] if find(need) is None]
    packages = [package for need in missing for package in PROGRAMS[need].packages]
    if missing and os.geteuid() == 0 and shutil.which("apt-get"):
        install(packages)
        missing = [need for need in missing if find(need) is None]
    if missing:
        sys.stderr.write(
            f"The tests need {', '.join(missing)}, which is not here; "
            f"on Debian: apt-get install {' '.join(packages)}\n"
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
