# pogoproxy in a container: README.md has the line to build and run it, docs/deploy.md how to put it in front of an app,
# and how to have PHP in it.
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
# Certificates are kept below the home; a volume that is mounted there takes its owner from here.
RUN useradd --system --create-home --home-dir /var/lib/pogoproxy --shell /usr/sbin/nologin pogoproxy \
 && install -d -m 700 -o pogoproxy -g pogoproxy /var/lib/pogoproxy/.local /var/lib/pogoproxy/.local/share \
    /var/lib/pogoproxy/.local/share/pogoproxy
COPY --from=build /opt/pogoproxy /opt/pogoproxy
COPY conf/Caddyfile /etc/pogoproxy/Caddyfile
# An app's own `pip install` lands in the same environment.
ENV PATH=/opt/pogoproxy/bin:$PATH PYTHONUNBUFFERED=1
WORKDIR /srv
USER pogoproxy
EXPOSE 8080
# Healthy is a front that answers, and an application behind it that does not fail.
ENV HEALTH_ADDRESS=127.0.0.1:8080 HEALTH_PATH=/
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s CMD ["python3", "-c", "\
import http.client, os; \
front = http.client.HTTPConnection(os.environ['HEALTH_ADDRESS'], timeout=4); \
front.request('GET', os.environ['HEALTH_PATH']); \
exit(front.getresponse().status >= 500)"]
ENTRYPOINT ["pogoproxy"]
CMD ["run", "/etc/pogoproxy/Caddyfile"]
