"""Errors in Jiandaoyun's shape (contract, sections 1.1 and 10): HTTP 400 and a code; the text is for people only."""

from typing import Any

TEXTS = {
    1: "Invalid request.",
    1010: "The member does not exist.",
    2004: "The app does not exist.",
    3000: "The form does not exist.",
    3005: "Invalid parameter.",
    4000: "Failed to submit the data.",
    4001: "The data does not exist.",
    4012: "The form is busy.",
    4815: "Invalid filter.",
    6000: "The department does not exist.",
    7103: "The data quota is used up.",
    8302: "No permission.",
    8303: "The request limit of the company is exceeded.",
    8304: "The request limit of this API is exceeded.",
    9004: "The queue is full.",
    9007: "The data is locked.",
    17017: "Invalid API parameters.",
    17018: "Invalid API key.",
    17023: "Too many records in one update.",
    17024: "Too many records in one creation.",
    17025: "Invalid transaction_id.",
    17026: "The transaction_id was used before.",
    17027: "Failed to upload the file.",
    17032: "The widget type is not supported.",
    17033: "Too many records in one deletion.",
    17053: "The app is not allowed for this API key.",
    17054: "The API is not allowed for this API key.",
}


class ApiError(Exception):
    """The request fails. `about`: what in it, without its value."""

    def __init__(self, code: int, about: str = "", *, status: int = 400) -> None:
        super().__init__(f"{code} {about}".strip())
        self.status = status
        self.code = code
        self.about = about

    @property
    def body(self) -> dict[str, Any]:
        return error_body(self.code, self.about)


def error_body(code: int, about: str = "") -> dict[str, Any]:
    text = TEXTS[code]
    return {"code": code, "msg": f"{text} {about}" if about else text}
