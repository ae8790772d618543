"""GraphiQL, for developers: GET /graphql and the operations that it begins with; its scripts and styles, which tell
nothing, are for anybody. Everything that the page loads comes from here; its Content-Security-Policy lets no request
leave this server. A browser sends the token as a password, or in the page's header editor."""

from pathlib import Path

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.staticfiles import StaticFiles

from api.answers import refusal
from api.auth import Doorman
from kequn.domain import rights
from kequn.domain.problems import Code
from schema.problems import Fault

HERE = Path(__file__).parent
ASSETS = StaticFiles(directory=HERE / "assets", check_dir=False)
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self' 'unsafe-inline'",  # its editor sets styles on elements
        "img-src 'self' data:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)


async def page(request: Request) -> Response:
    if "query" in request.query_params:  # an operation; by GET any page could make a browser send it
        return refusal(request, 405, Fault.INVALID, {"Allow": "POST"})
    if refused := await _refused(request):
        return refused
    named = "with-token" if "authorization" in request.headers else "without-token"
    html = (HERE / "page.html").read_text().replace("{{mode}}", named)
    return HTMLResponse(html, headers={"Content-Security-Policy": POLICY})


async def _refused(request: Request) -> Response | None:
    """Whoever may not see the schema needs no page to ask it with."""
    doorman: Doorman = request.app.state.doorman
    actor = await doorman.actor(request, basic=True)
    if actor is None:
        return refusal(
            request, 401, Fault.UNAUTHENTICATED, {"WWW-Authenticate": 'Basic realm="kequn", charset="UTF-8"'}
        )
    if not actor.may(rights.INSPECT):
        return refusal(request, 403, Code.FORBIDDEN, role=rights.INSPECT.name.lower())
    return None


async def script(request: Request) -> Response:
    return Response((HERE / "start.js").read_bytes(), media_type="text/javascript")


async def examples(request: Request) -> Response:
    """Operations to begin with; lines with `# ---` stand between them."""
    if refused := await _refused(request):
        return refused
    return Response((HERE / "examples.graphql").read_bytes(), media_type="text/plain")
