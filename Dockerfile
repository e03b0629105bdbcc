# The simulators, and lockpact's commands. Build: docker build -t lockpact .
FROM python:3.13-slim AS build
WORKDIR /src
COPY requirements.txt ./
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir --require-hashes -r requirements.txt
COPY pyproject.toml README.md LICENSE ./
COPY simulators simulators
COPY contracts contracts
RUN python -m venv /builder && /builder/bin/pip install --no-cache-dir build hatchling \
    && /builder/bin/python -m build --no-isolation --wheel --outdir /dist . \
    && /venv/bin/pip install --no-cache-dir --no-deps /dist/*.whl

FROM python:3.13-slim
RUN useradd --system --uid 10001 --create-home --home-dir /lockpact lockpact
COPY --from=build /venv /venv
ENV PATH=/venv/bin:$PATH
USER 10001
WORKDIR /lockpact
# Other containers reach it, so the control API needs a token: LOCKSIM_ADMIN_TOKEN.
EXPOSE 8700 8701 8702 8703 8704 8705 8711 8712 8715 8721 8725 8731
HEALTHCHECK --interval=5s --timeout=3s --start-period=10s --retries=6 \
    CMD ["python", "-c", "import os, urllib.request as u; u.urlopen(u.Request('http://127.0.0.1:8700/_sim', headers={'Authorization': 'Bearer ' + os.environ.get('LOCKSIM_ADMIN_TOKEN', '')}), timeout=2)"]
ENTRYPOINT ["locksim"]
CMD ["serve", "--host", "0.0.0.0", "--log", "text"]
