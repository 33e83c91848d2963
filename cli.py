"""`python cli.py --help` works from a bare checkout."""

from derive.commands import main

if __name__ == "__main__":
    main()
