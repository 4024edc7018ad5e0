# pogoproxy in a container: README.md has the line to build and run it, docs/deploy.md how to put it in front of an app.
ARG BASE=python:3.11-slim-bookworm

FROM ${BASE} AS build
WORKDIR /build
COPY pyproject.toml README.md LICENSE ./
COPY conf/constraints.txt conf/
COPY grammar grammar
COPY pogoproxy pogoproxy
RUN python3 -m venv /opt/pogoproxy \
 && /opt/pogoproxy/bin/pip install --no-cache-dir --disable-pip-version-check --constraint conf/constraints.txt .

FROM ${BASE}
RUN useradd --system --create-home --home-dir /var/lib/pogoproxy --shell /usr/sbin/nologin pogoproxy
COPY --from=build /opt/pogoproxy /opt/pogoproxy
COPY conf/Caddyfile /etc/pogoproxy/Caddyfile
# An app's own `pip install` lands in the same environment.
ENV PATH=/opt/pogoproxy/bin:$PATH PYTHONUNBUFFERED=1
WORKDIR /srv
USER pogoproxy
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s \
    CMD ["python3", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:2019/config/', timeout=2)"]
ENTRYPOINT ["pogoproxy"]
CMD ["run", "/etc/pogoproxy/Caddyfile"]
