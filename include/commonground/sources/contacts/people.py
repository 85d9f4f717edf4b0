"""What every address book has its own habits with: birthdays, and businesses filed as people.

In: cells as written. Out: a birth date in one form; whether a name is a business's.
"""

import re

_BIRTHDAY = re.compile(r"(?:(?P<year>\d{4})-?|--)(?P<month>\d{2})-?(?P<day>\d{2})(?:[T ].*)?")
_NO_YEAR = frozenset({None, "0000", "1604"})  # address books write 1604 (a leap year) for a birthday without its year


def birth_date(value: str) -> str | None:
    """`YYYY-MM-DD` or `--MM-DD` out of a birthday as address books write it, None if it is empty.

    Raises:
        ValueError: it is another form, or no day of the calendar.
    """
    value = value.strip()
    if not value:
        return None
    expected = f"{value[:40]!r} is not YYYY-MM-DD or --MM-DD"
    found = _BIRTHDAY.fullmatch(value)
    if not found:
        raise ValueError(expected)
    year, month, day = found["year"], int(found["month"]), int(found["day"])
    has_year = year not in _NO_YEAR
    leap = 2000 if not has_year else int(year)
    longest = (31, 29 if leap % 4 == 0 and (leap % 100 or leap % 400 == 0) else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
    if not 1 <= month <= 12 or not 1 <= day <= longest[month - 1]:
        raise ValueError(expected)
    return f"{year}-{month:02}-{day:02}" if has_year else f"--{month:02}-{day:02}"


# no bare "Co": it is a family name, too
_LEGAL_FORM = re.compile(
    r"(?:\b(?:llc|l\.l\.c|inc|incorporated|corp|corporation|company|ltd|llp|pllc|gmbh)\.?|& co\.?|\bco\.)$", re.IGNORECASE
)
_LEGAL_ENDS = ("c", "incorporated", "corp", "corporation", "company", "ltd", "llp", "gmbh", "co")  # c: llc, l.l.c, inc, pllc
_ROLE_MAILBOX = re.compile(
    r"(?:info|office|sales|hello|contact|admin|support|service|team|mail|enquiries|inquiries|billing|frontdesk|reception)@", re.IGNORECASE
)


def is_business(full_name: str, family_name: str, emails: list[str]) -> bool:
    """Whether a record is a business filed as a person: a legal form ends its name, or all its mail goes to roles (`info@`).

    A family name of its own speaks for a person, unless it is the legal form.
    """
    if " " not in full_name:
        return False
    if full_name.lower().rstrip(".").endswith(_LEGAL_ENDS) and _LEGAL_FORM.search(full_name):
        return True
    return not family_name and bool(emails) and all(_ROLE_MAILBOX.match(mail) for mail in emails)
