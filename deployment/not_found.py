"""How SageMaker says that there is no such thing: in a sentence, for it has no code of its own for that."""

import re

from botocore.exceptions import ClientError

from fleet.reasons import error_code

# https://github.com/boto/boto3/issues/2808
_CODES = {"ResourceNotFound", "ValidationException", "ValidationError"}
_SENTENCE = re.compile(r"could not find|not found|does not exist", re.IGNORECASE)


def is_not_found(error: ClientError) -> bool:
    """Whether what was asked for is not there."""
    message = str(error.response.get("Error", {}).get("Message", ""))
    code = error_code(error)
    return code == "ResourceNotFound" or (code in _CODES and _SENTENCE.search(message) is not None)
