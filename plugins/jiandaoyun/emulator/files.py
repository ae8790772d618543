"""Files (contract, section 5): tokens for an upload, the upload itself, and what the addresses in records lead to."""

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.datastructures import UploadFile

from plugins.jiandaoyun.emulator.call import Call
from plugins.jiandaoyun.emulator.company import Company, File
from plugins.jiandaoyun.emulator.errors import ApiError

PAIRS = 100
HOUR = 3_600_000
UPLOAD_FAILED = 579


def get_upload_token(call: Call) -> dict[str, Any]:
    company = call.company
    call.text("transaction_id")
    call.form  # noqa: B018 - it must be there
    tokens = [company.chance(16) for _ in range(PAIRS)]
    company.tokens |= dict.fromkeys(tokens, company.now())
    return {"token_and_url_list": [{"url": f"{call.origin}/upload", "token": token} for token in tokens]}


async def upload(company: Company, parts: Sequence[tuple[str, Any]], origin: str) -> Mapping[str, Any]:
    """`token` comes first and `file` last. Raises ApiError."""
    if len(parts) < 2 or parts[0][0] != "token" or parts[-1][0] != "file" or not isinstance(parts[-1][1], UploadFile):
        raise ApiError(17027, "token first, file last", status=UPLOAD_FAILED)
    if company.now() - company.tokens.pop(str(parts[0][1]), 0) > HOUR:
        raise ApiError(17027, "token", status=UPLOAD_FAILED)
    sent = parts[-1][1]
    mime = sent.content_type or "application/octet-stream"
    content = await sent.read()
    file = File(company.chance(16), sent.filename or "file", mime, content, company.now(), origin)
    company.files[file.key] = file
    return {"key": file.key}
