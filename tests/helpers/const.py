"""Tokens and numbers of the tests.

Each token and each number holds a mark, by which a leak is recognized.
"""

from typing import Final

SECRET_MARK: Final = "not-for-logs"
ACCOUNT_TOKEN: Final = f"account-{SECRET_MARK}"
INSTANCE_TOKEN: Final = f"instance-{SECRET_MARK}"
OTHER_TOKEN: Final = f"other-{SECRET_MARK}"

NUMBER_MARK: Final = "99999000"
MARIA: Final = f"5511{NUMBER_MARK}1"
JOAO: Final = f"5511{NUMBER_MARK}2"
ANA: Final = f"5511{NUMBER_MARK}3"

# WhatsApp's ids of Brazilian numbers lack the ninth digit.
SHORT_MARIA: Final = MARIA.replace("9", "", 1)
SHORT_ANA: Final = ANA.replace("9", "", 1)

# The errors of a number that is refused.
NUMBER_KEYS: Final = (
    "ambiguous_number",
    "area_code_missing",
    "country_missing",
    "invalid_number",
    "not_a_person",
    "unquoted_number",
)
