"""HTTP to Jiandaoyun: the key, the budget, and what an answer means. Knows no kind of ours."""

from plugins.jiandaoyun.client.replies import Refused
from plugins.jiandaoyun.client.rest import Access, Answer, JiandaoyunClient

__all__ = ["Access", "Answer", "JiandaoyunClient", "Refused"]
