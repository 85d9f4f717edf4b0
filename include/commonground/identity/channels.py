"""Mail addresses, phone numbers, profile addresses, employers and birth dates as written → comparable keys.

Each function takes one value and gives its key, or None for what is no such thing.
"""

import re
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

import phonenumbers

from commonground.identity.names import fold, word_set, words

# whoever reads these boxes is an office, not a person
ROLE_MAILBOXES = word_set(
    "info office sales contact hello admin administrator support help team mail email enquiries inquiries reception frontdesk service "
    "billing "
    "accounts accounting hr jobs careers marketing noreply no-reply donotreply do-not-reply postmaster webmaster abuse newsletter "
    "news press media "
    "leads lead realtor realestate homes listings unknown none na test example notprovided"
)
GMAIL = frozenset(("gmail.com", "googlemail.com"))
_MAIL = re.compile(r"[^\s@,;<>\"]+@[^\s@,;<>\"]+\.[^\s@,;<>\".]{2,}")
# the ways nearly every number here is written; what is written otherwise is read by the library, which takes twenty times as long
_US_PHONE = re.compile(r"(?:\+?1[ .-]?)?\(?([2-9][0-9]{2})\)?[ .-]{0,2}([2-9][0-9]{2})[ .-]?([0-9]{4})")
_COMPANY_WORDS = word_set("inc incorporated llc llp ltd limited corp corporation co company gmbh plc pllc the pc lp sa ag")
_NO_EMPLOYER = word_set(
    "self employed|selfemployed|self|retired|freelance|freelancer|none|na|n a|unemployed|homemaker|stay at home mom|student|"
    "independent|consultant|various|unknown|not employed|nan|null",
    "|",
)


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail address: as it is written to (lower case), as a key, and whether it belongs to a role and not to a person."""

    address: str
    key: str
    is_role: bool


def mail(text: str | None) -> Mail | None:
    """`"Jo" <Jo.Doe+x@Gmail.com>` → jo.doe+x@gmail.com with key jodoe@gmail.com; dots and plus tags count at Gmail only."""
    found = _MAIL.search((text or "").strip().casefold())
    if not found:
        return None
    address = found.group(0).removeprefix("mailto:").strip(".")
    box, _, host = address.rpartition("@")
    key_box, key_host = box, host
    if host in GMAIL:
        key_box, key_host = box.partition("+")[0].replace(".", ""), "gmail.com"
    role = re.sub(r"\d+$", "", box.partition("+")[0])
    is_role = role in ROLE_MAILBOXES or role.replace(".", "").replace("-", "").replace("_", "") in ROLE_MAILBOXES
    return Mail(address, f"{key_box}@{key_host}", is_role) if key_box else None


def phone(text: str | None, region: str = "US") -> str | None:
    """A phone number in E.164 (`+17075550123`), or None when no number of that length can exist or it is a filler."""
    if not text or sum(sign.isdigit() for sign in text) < 7:
        return None
    plain = _US_PHONE.fullmatch(text) if region == "US" else None
    if plain:
        national = "".join(plain.groups())
        return None if _is_filler(national) else f"+1{national}"
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    if phonenumbers.is_possible_number_with_reason(number) != phonenumbers.ValidationResult.IS_POSSIBLE:
        return None
    if _is_filler(str(number.national_number)):
        return None
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def _is_filler(national: str) -> bool:
    return len(set(national[-7:])) == 1 or national[-10:] in ("1234567890", "0123456789")


def profile(text: str | None) -> str | None:
    """A profile address → site and handle: `https://www.LinkedIn.com/in/Jo-Doe/?x` → `linkedin.com/jo-doe`; a bare site → None."""
    raw = (text or "").strip()
    if not raw or " " in raw:
        return None
    try:
        parts = urlsplit(raw if "://" in raw else f"https://{raw}")
        host = (parts.hostname or "").removeprefix("www.").removeprefix("m.").removeprefix("mobile.")
    except ValueError:
        return None
    if "." not in host:
        return None
    host = {"twitter.com": "x.com", "fb.com": "facebook.com", "lnkd.in": "linkedin.com"}.get(host, host)
    if host.endswith(".linkedin.com"):
        host = "linkedin.com"
    path = [unquote(piece).casefold() for piece in parts.path.split("/") if piece]
    if host == "facebook.com" and path[:1] == ["profile.php"]:
        number = re.search(r"(?:^|&)id=(\d+)", parts.query)
        return f"{host}/{number.group(1)}" if number else None
    path = [piece for piece in path if piece not in ("in", "pub", "people", "user", "users", "profile", "u")]
    if host.count(".") >= 2 and not path:
        return host
    return f"{host}/{path[0].removeprefix('@') if len(path) == 1 else '/'.join(path)}" if path else None


def employer(text: str | None) -> str | None:
    """`The Acme Co., Inc.` → `acme`; self-employed, retired and the like → None."""
    parts = words(text)
    if not parts or " ".join(parts) in _NO_EMPLOYER:
        return None
    return " ".join(part for part in parts if part not in _COMPANY_WORDS) or None


def birth_date(text: str | None) -> str | None:
    """A birth date as ten signs, dashes for what is not known: `1961-05-17`, `-----05-17` (no year), `1961------` (year alone).

    Understands ISO dates, `--MM-DD`, `YYYY-MM`, `YYYY` and US `M/D/YYYY`, `M/D`. Numbers are kept as written, wrong ones too:
    a mistyped day still tells more than none.
    """
    raw = fold(text).strip()
    for pattern, order in _DATES:
        match = pattern.fullmatch(raw)
        if match:
            parts = dict(zip(order, match.groups(), strict=True))
            year, month, day = parts.get("y"), parts.get("m"), parts.get("d")
            if year in ("0000", "1604"):  # what address books write for "no year"
                year = None
            key = f"{year or '----'}-{(month or '--').rjust(2, '0')}-{(day or '--').rjust(2, '0')}"
            return None if key == "---------" or (not year and not day) else key
    return None


_DATES = tuple(
    (re.compile(pattern), order)
    for pattern, order in (
        (r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[t ].*)?", "ymd"),
        (r"(\d{4})(\d{2})(\d{2})", "ymd"),
        (r"--(\d{1,2})-?(\d{2})", "md"),
        (r"(\d{4})-(\d{1,2})", "ym"),
        (r"(\d{4})", "y"),
        (r"(\d{1,2})/(\d{1,2})/(\d{4})", "mdy"),
        (r"(\d{1,2})/(\d{1,2})", "md"),
    )
)


def postal5(text: str | None) -> str | None:
    """The part of a postal code that everybody writes: five digits of a US code, else the code without blanks."""
    raw = fold(text).strip()
    match = re.fullmatch(r"(\d{5})(?:[-\s]?\d{4})?", raw)
    if match:
        return match.group(1)
    if re.fullmatch(r"\d{3,4}", raw):  # a leading zero that a spreadsheet ate
        return raw.rjust(5, "0")
    return re.sub(r"[^a-z0-9]", "", raw) or None
