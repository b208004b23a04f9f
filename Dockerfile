# A worker for AWS Batch or any other place that runs containers.  It takes the same archives as the machines of the fleet,
# so it is built in their folder:  make image
ARG PYTHON=docker.io/library/python:3.13-slim

FROM ${PYTHON} AS installed
COPY engine-*.tar.gz worker-*.tar.gz /archives/
WORKDIR /opt/spotmc
RUN for archive in engine worker-packages; do \
        tar --extract --gzip --file "/archives/$archive-$(uname -m).tar.gz" --no-same-owner || exit; \
    done \
    && tar --extract --gzip --file "/archives/worker-$(uname -m).tar.gz" --no-same-owner --strip-components=1 program \
    && python3 -m venv --without-pip /opt/spotmc

FROM ${PYTHON}
COPY --from=installed /opt/spotmc /opt/spotmc
# A name for the user is of no use, and a fixed number lets an orchestrator see that it is not root.
USER 10001:10001
# Compiled code and the status file go where anybody may write.
ENV PATH=/opt/spotmc/bin:$PATH HOME=/tmp NUMBA_CACHE_DIR=/tmp/numba SPOTMC_RUN_DIR=/tmp/spotmc
# What Batch and docker send first; the worker hands back what it cannot finish.
STOPSIGNAL SIGTERM
# The status file is there as long as the worker's process is.
HEALTHCHECK --interval=30s --timeout=20s --start-period=120s --retries=3 \
    CMD ["spotmc", "worker", "status"]
CMD ["spotmc", "worker", "--drain"]
