"""`python -m derive`: the same as the command `derive`."""

from derive.commands import main

if __name__ == "__main__":
    main()
