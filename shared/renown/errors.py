"""What can go wrong, by what the caller can do about it.

RenownError
├── BadInput          the caller's input is wrong: one clear line, exit code 2, HTTP 400
│   └── NotOfFormat   a file that is not of the format at all
├── NotFound          what was asked for is not there: HTTP 404
├── Conflict          somebody else changed it first: a conditional write failed
└── RetriableError    a service did not answer: the state machine tries again
"""


class RenownError(Exception):
    """The base of every error that Renown raises on purpose; its text is one line for a person."""


class BadInput(RenownError):
    """The input is wrong; the text says what, where and what to do."""


class NotOfFormat(BadInput):
    """A file that is not of the format that was named."""


class NotFound(RenownError):
    """What was asked for does not exist."""


class Conflict(RenownError):
    """A conditional write found that somebody else was first."""


class RetriableError(RenownError):
    """A service failed in a way that passes; the same call may succeed later."""
