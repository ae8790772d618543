"""HTTP to Zoho: logging in, requests within the limits, and what an answer means. Knows no kind of ours."""

from plugins.zoho.client.login import Credentials
from plugins.zoho.client.replies import Refused, Reply
from plugins.zoho.client.rest import ZohoClient

API = "/crm/v8"
BULK = "/crm/bulk/v8/read"

__all__ = ["API", "BULK", "Credentials", "Refused", "Reply", "ZohoClient"]
