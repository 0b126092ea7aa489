"""What every text from outside passes before anything else sees it. Pure: no I/O, no clock.

`safe()` is the door: it redacts secrets and makes every control character visible. The parts are public
because a log pane cleans whole blocks and a drill-down masks native objects.
"""

from lanewatch.text.cleaning import clean, clean_block, decode
from lanewatch.text.masking import mask_object
from lanewatch.text.redaction import PATTERNS_ONLY, Redactor, as_seen, looks_like_credential, redact, safe, safe_block
from lanewatch.text.secret_names import is_secret_name

__all__ = [
    "PATTERNS_ONLY",
    "Redactor",
    "as_seen",
    "clean",
    "clean_block",
    "decode",
    "is_secret_name",
    "looks_like_credential",
    "mask_object",
    "redact",
    "safe",
    "safe_block",
]
