"""Constants of the tests.

Every token and every number has its mark, so that a leak can be told from the rest.
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
