"""What can go wrong, by what the caller can do about it.

RenownError
├── BadInput          the caller's input is wrong: one clear line, exit code 2, HTTP 400
│   ├── NotOfFormat   a file that is not of the format at all
│   └── TooYoung      what there is does not reach far enough back to learn from
├── NotFound          what was asked for is not there: HTTP 404
├── Conflict          somebody else changed it first: a conditional write failed
├── RetriableError    a service did not answer: the state machine tries again
│   └── HostResting   a network's host wants to be left alone until a moment: the run goes on with other hosts
├── TooLarge          a step that this machine is too small for: a larger one makes it
├── SkippableError    this account (or post, or page) cannot be had: it is left out and reported, the rest goes on
│   ├── Gone          it is no longer there
│   │   └── Renamed   it has another name now
│   └── Unwanted      whose it is asks not to be collected
└── FatalError        a network cannot be collected at all until somebody acts: a token is missing or refused
"""


class RenownError(Exception):
    """The base of every error that Renown raises on purpose; its text is one line for a person."""


class BadInput(RenownError):
    """The input is wrong; the text says what, where and what to do."""


class NotOfFormat(BadInput):
    """A file that is not of the format that was named."""


class TooYoung(BadInput):
    """What there is does not reach far enough back to learn from."""


class NotFound(RenownError):
    """What was asked for does not exist."""


class Conflict(RenownError):
    """A conditional write found that somebody else was first."""


class RetriableError(RenownError):
    """A service failed in a way that passes; the same call may succeed later."""


class HostResting(RetriableError):
    """A host is to be left alone until `until` (unix seconds)."""

    def __init__(self, host: str, until: float) -> None:
        super().__init__(f"{host} is to be left alone until {int(until)}")
        self.host = host
        self.until = until


class TooLarge(RenownError):
    """A step needs more memory or time than there is here."""


class SkippableError(RenownError):
    """One thing cannot be had; whatever does not depend on it goes on."""


class Gone(SkippableError):
    """An account or a post is no longer where it was."""


class Renamed(Gone):
    """An account is called `to` now."""

    def __init__(self, account: str, to: str) -> None:
        super().__init__(f"{account} is called {to} now: link that name")
        self.to = to


class Unwanted(SkippableError):
    """Whose account it is asks not to be collected."""


class FatalError(RenownError):
    """Nothing of a network can be had until the operator acts; the text says what is to be done."""
