# The image: Debian's Python and Java, the locked packages, otfbench, and the jars in a layer of their own.
# Built by docker and by podman. `--build-arg JARS=0` leaves the jars out.
FROM debian:bookworm-slim

ENV HOME=/tmp \
    LANG=C.UTF-8 \
    PATH=/opt/otfbench/.venv/bin:$PATH \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PYTHONUNBUFFERED=1 \
    XDG_CACHE_HOME=/cache

# The container may run as any user: its folders are open to all, and docker/entrypoint gives that user a name.
RUN apt-get update \
    && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
        libnss-wrapper openjdk-17-jre-headless python3 python3-venv tini \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --gid 0 --no-create-home --home-dir /tmp --shell /usr/sbin/nologin otfbench \
    && mkdir --parents --mode 777 /cache /cache/otfbench /cache/otfbench/datasets /results /warehouse /events

WORKDIR /opt/otfbench
COPY requirements/run.txt requirements/
# pyspark is published as source only; everything else is taken as a wheel, or not at all.
RUN --mount=type=cache,target=/root/.cache \
    python3 -m venv .venv \
    && XDG_CACHE_HOME=/root/.cache pip install --quiet --require-hashes --only-binary :all: --no-binary pyspark \
        --requirement requirements/run.txt

COPY docker/entrypoint pyproject.toml README.md LICENSE ./
COPY benchmarks benchmarks
COPY otfbench otfbench
RUN pip install --quiet --no-cache-dir --no-deps --no-build-isolation .

# The build's own cache holds them, too: a change of the code above doesn't download them again.
ARG JARS=1
RUN --mount=type=cache,target=/root/.cache \
    if [ "$JARS" = 1 ]; then \
        XDG_CACHE_HOME=/root/.cache otfbench fetch && cp --recursive /root/.cache/otfbench/jars /cache/otfbench/; \
    fi

USER 10001
# Not all of /cache: a volume that was made by an older image would hide the jars of a newer one.
VOLUME ["/results", "/warehouse", "/cache/otfbench/datasets"]
WORKDIR /results
ENTRYPOINT ["tini", "--", "/opt/otfbench/entrypoint"]
CMD ["otfbench", "run"]
