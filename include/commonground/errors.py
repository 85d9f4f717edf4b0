"""Errors that a person can act on: each message is one line that names the thing, its value and what was expected."""


class CommonGroundError(Exception):
    """Anything the team can mend: shown as one line, never as a traceback."""


class ConfigError(CommonGroundError):
    """A settings file says something it must not: names the file, the key and what it wants."""


class UnreadableError(CommonGroundError):
    """A file or an answer as a whole cannot be read (missing, not the format it should be)."""


class CredentialsError(CommonGroundError):
    """A source refuses our credentials or we have none: trying again changes nothing."""


class SourceUnavailableError(CommonGroundError):
    """A source is down, too busy or broke off: trying again later may help."""
