"""What a process begins with to which tests send signals."""

import signal


def from_a_terminal() -> None:
    """A shell's background ignores Control-C, and what nohup starts SIGHUP: a child that is sent them must not."""
    for each in (signal.SIGINT, signal.SIGHUP):
        signal.signal(each, signal.SIG_DFL)
