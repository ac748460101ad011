"""`python -m otfbench` is the command `otfbench`."""

from otfbench.cli import main

if __name__ == "__main__":
    main()
