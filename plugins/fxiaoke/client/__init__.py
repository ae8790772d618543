"""Fxiaoke's Open API over HTTP: logging in, requests, what answers mean. Knows no kind of ours."""

from plugins.fxiaoke.client.login import Credentials
from plugins.fxiaoke.client.replies import NOBODY, Refused
from plugins.fxiaoke.client.rest import PERSON, FxiaokeClient

__all__ = ["NOBODY", "PERSON", "Credentials", "FxiaokeClient", "Refused"]
