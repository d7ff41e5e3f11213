"""The command `mashang`: every operator's task is one of its sub-commands."""

import os
import sys


def main() -> None:
    """Run a management command; `load-places` and `load_places` name the same one."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mashang.config.settings")
    from django.core.management import execute_from_command_line

    argv = list(sys.argv)
    if len(argv) > 1 and not argv[1].startswith("-"):
        argv[1] = argv[1].replace("-", "_")
    execute_from_command_line(argv)


if __name__ == "__main__":
    main()
