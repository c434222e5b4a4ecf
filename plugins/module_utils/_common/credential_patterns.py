"""What credentials look like: the structure by which they are known in any text.

Each pattern takes time in proportion to the text, whatever that is.
"""

from __future__ import annotations

import re

MASK = "[hidden]"

_NAMES = (
    r"[\w.-]{0,40}(?:secret|passw(?:or)?d|passphrase|token|(?:account|access|api|functions|private|shared|subscription)[_-]?key|key[_-]data"
    r"|signature|assertion|cookie|authorization|credential|(?<![a-z])sig|(?<![a-z])pwd|[_-]pass(?![a-z]))[\w-]{0,20}"
)
# Names that are as often those of something else, such as the key of a label: what they name is hidden if it looks like a secret.
_WEAK_NAMES = r"(?<![a-zA-Z0-9.])(?:key\d?|pass|auth|psk|creds?|pat|otp)"
# In a sentence.
_MEMORIZED = r"\b(?:password|passphrase|passwd|pwd)"
_ISSUED = r"\b(?:token|(?:api|access|account|shared|private|storage|subscription)[ _-]?key|client[ _-]secret|pat)"
_OF = r"(?:\s+(?:of|for)(?:\s+[\w.@'-]{1,40}){1,3})?"
_IS = r"(?:\s{0,5}:|\s+(?:is|was|=))(?:\s{0,5}:)?\s{1,5}"
_AFTER = r"[\"'`\]]?\s{1,5}"
_QUOTED = r"(?:\\?\"(?:[^\"\\]|\\.)*\"?|\\?'(?:[^'\\]|\\.)*'?)"
_WORD = r"[^\s\"'&,;]+"
# A word with letters and digits, or with a sign that words have only after them. Not a number with its unit, nor an error code of Microsoft Entra.
_ODD = (
    r"[\"'`]?(?!AADSTS\d|[(<\[])(?:(?=[^\s\"',;]*[0-9])(?=[^\s\"',;]*[A-Za-z])[^\s\"',;]{6,}"
    r"|(?=[^\s\"',;]*[!@#$%^*~][^\s\"',;!?.)])[^\s\"',;]{4,})[\"'`]?"
)
# One that is no name of a Kubernetes label or resource: those are small letters with hyphens and points, below a domain.
_ODDER = (
    r"[\"']?(?![\w.-]+\.[a-z]{2,}/)(?:(?=\w*[0-9])(?=\w*[A-Za-z])\w{6,}(?![\w./-])"
    r"|(?=[^\s\"',;]*[0-9])(?=[^\s\"',;]*(?-i:[A-Z]))(?=[^\s\"',;]*(?-i:[a-z]))[^\s\"',;]{8,}"
    r"|(?=[^\s\"',;]*[!@#$%^*~][^\s\"',;!?.)])[^\s\"',;]{4,})[\"']?"
)
# One that only a key or a part of a header looks like: capitals, small letters and digits.
_MIXED = r"(?!sha\d{1,3}:)(?=[^\s\"',;]*[0-9])(?=[^\s\"',;]*(?-i:[A-Z]))(?=[^\s\"',;]*(?-i:[a-z]))[^\s\"',;]{8,}"
# What a sentence says of a password.
_SAID = (
    r"(?:[a-z]+(?:ed|ing|able|ible|less)|not|no|an?|the|too|in|on|at|of|for|from|to|only|also|still|never|always|now|set|sent|kept|known|given"
    r"|wrong|invalid|valid|correct|incorrect|empty|absent|blank|null|none|old|new|short|long(?:er)?|shorter|weak|strong|right|read|there|here"
    r"|optional|mandatory|unknown|secret|plain|stale|that|this|one|what|your|case-sensitive|older|newer|less|more|being|by|up|ok)\b(?![\w@!#$%^*~])"
)
# In a program's sentence the header of a request, with its scheme and all that belongs to it.
_SCHEME = rf"[a-z][\w-]{{0,30}}\s{{1,5}}(?:[\w-]{{1,40}}=)?(?:{_QUOTED}|{_WORD})(?:[,;]?\s{{1,5}}[\w-]{{1,40}}=(?:{_QUOTED}|{_WORD}))*"
PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"-----BEGIN [^-]{1,100}-----.*?(?:-----END [^-]{1,100}-----|\Z)", re.DOTALL), MASK),
    # Users and passwords in URLs, and without a scheme. What follows an image is no host.
    (re.compile(r"(\w://)[^\s\"'<>]{1,300}@"), rf"\1{MASK}@"),
    (
        re.compile(
            r"(?i)(?<![\w.%+:-])(?!(?:mailto|sips?|xmpp|acct|npm|pkg):)([a-z_][\w.%+-]{0,60}:)(?!//)[^\s\"'<>]{1,300}"
            r"@(?!sha\d{3}:|v?\d+(?:\.\d+){1,2}(?![\w.]))(?=[\w\[])"
        ),
        rf"\1{MASK}@",
    ),
    (re.compile(r"((?<!\S)(?:-u|--user|--proxy-user)[\s=]{1,3}[\"']?[A-Za-z_][\w.@\\-]{0,60}:)[^\s\"']+"), rf"\1{MASK}"),
    # The query of a URL, which holds signatures.
    (re.compile(r"\?[\w.%-]{1,64}=[^\s\"'<>]*"), f"?{MASK}"),
    # A token in JWT, or the beginning of one.
    (re.compile(r"eyJ[\w-]{8,}[\w.-]*"), MASK),
    (re.compile(rf"(?i)\b((?:proxy-)?authorization:\s{{0,5}}){_SCHEME}"), rf"\1{MASK}"),
    (re.compile(r"(?i)\b(cookie:\s{0,5})[^\s\"';]+(?:;\s{0,5}[^\s\"';]+)*"), rf"\1{MASK}"),
    (re.compile(r"(?i)\b(bearer)(\s{1,5}|%20|\\[nrt]|:)['\"]?(?!tokens?\b|auth)[^\s'\",;]{3,}"), rf"\1 {MASK}"),
    # Other things are basic, too.
    (re.compile(r"(?i)\b(basic|negotiate)(\s{1,5}|%20|\\[nrt]|:)['\"]?(?!(?-i:[a-z-]+)(?![\w+/=~]))[^\s'\",;]{3,}"), rf"\1 {MASK}"),
    (re.compile(rf"(?i)\b((?:digest|ntlm|key)\s{{1,5}}[\"']?){_MIXED}"), rf"\1{MASK}"),
    (re.compile(rf"(\bsshpass\s{{1,5}}-p\s{{0,5}})(?:{_QUOTED}|[^\s\"']+)"), rf"\1{MASK}"),
    (re.compile(rf"(?i)\b((?:token|api[_-]?key|shared[_-]?key(?:lite)?|pat)[\"'`\]]?\s{{1,5}}){_ODD}"), rf"\1{MASK}"),
    # An option of a program.
    (re.compile(rf"(?i)(?<![\w-])(--{_NAMES}\s{{1,5}})(?!--)[^\s\"'&,;]+"), rf"\1{MASK}"),
    # In JSON, YAML, forms, fields of headers, variables, XML, and what is encoded for a URL.
    (
        re.compile(
            rf"(?i)\b({_NAMES})((?:\\?[\"'`\]])?\s{{0,5}}(?:[=:-]?>|:?=|:|%3[ad])(?:\s|%20){{0,5}})(?!the\s|no such\s)"
            rf"(?:{_QUOTED}|{_WORD})"
        ),
        rf"\1\2{MASK}",
    ),
    (re.compile(rf"(?i)({_WEAK_NAMES}(?:\\?[\"'`\]])?\s{{0,5}}(?:[=:-]?>|:?=|:|%3[ad]|\sis\s)(?:\s|%20){{0,5}}\\?){_ODDER}"), rf"\1{MASK}"),
    # In a sentence.
    (re.compile(rf"(?i)({_MEMORIZED}{_OF}{_IS})(?!{_SAID})(?:{_QUOTED}|{_WORD})"), rf"\1{MASK}"),
    (re.compile(rf"(?i)({_MEMORIZED}(?:{_AFTER}))(?:{_QUOTED}|{_ODD})"), rf"\1{MASK}"),
    (re.compile(rf"(?i)((?:{_ISSUED}|\bsecret){_OF}{_IS}){_ODD}"), rf"\1{MASK}"),
    (re.compile(rf"(?i)(\bsecret{_AFTER}){_ODDER}"), rf"\1{MASK}"),
)
# A long word of capitals, small letters and digits is a key.
LONG_WORD = re.compile(r"[\w+~=-]{40,}|[\w+/=]{64,}")
