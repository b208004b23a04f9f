# Three images of the same program.  They take the same archives as the machines of the fleet, so they are built in a folder
# of these:  make image, make image TARGET=research  or  make image TARGET=trader
#   worker    drains a queue, on AWS Batch or wherever containers run; not as root.
#   research  what SageMaker trains and serves, with scikit-learn, LightGBM and matplotlib; as root, as hosting asks for.
#             It is a worker, too:  docker run … spotmc worker --drain
#   trader    trades on paper, on Fargate or wherever containers run; not as root, and with nothing to write to but /tmp.
ARG PYTHON=docker.io/library/python:3.13-slim

# Machines of the fleet compile what they import where whoever made the archives had another Python; a container would do
# so at each start.
FROM ${PYTHON} AS worker-files
COPY engine-*.tar.gz worker-*.tar.gz /archives/
WORKDIR /opt/spotmc
RUN for archive in engine worker-packages; do \
        tar --extract --gzip --file "/archives/$archive-$(uname -m).tar.gz" --no-same-owner || exit; \
    done \
    && tar --extract --gzip --file "/archives/worker-$(uname -m).tar.gz" --no-same-owner --strip-components=1 program \
    && python3 -m venv --without-pip . \
    && { [ -n "$(find lib -name '*.pyc' -print -quit)" ] \
        || python3 -m compileall -q -j0 --invalidation-mode=unchecked-hash lib; }

FROM ${PYTHON} AS worker
COPY --from=worker-files /opt/spotmc /opt/spotmc
# LightGBM looks for the system's OpenMP; scikit-learn, where it is, brings that library along under another name.
RUN find /opt/spotmc/lib -name "libgomp-*.so.1*" -exec ln -s {} /usr/lib/libgomp.so.1 \;
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

# SageMaker runs `docker run <image> train`, or serve: both are programs on the path, and no entry point swallows them.
FROM ${PYTHON} AS research-files
COPY engine-*.tar.gz research-*.tar.gz /archives/
WORKDIR /opt/spotmc
RUN for archive in engine research-packages; do \
        tar --extract --gzip --file "/archives/$archive-$(uname -m).tar.gz" --no-same-owner || exit; \
    done \
    && tar --extract --gzip --file "/archives/research-$(uname -m).tar.gz" --no-same-owner --strip-components=1 program \
    && python3 -m venv --without-pip . \
    && for program in train serve; do \
        printf '#!/bin/sh\nexec /opt/spotmc/bin/python3 -P -m container %s "$@"\n' "$program" > "bin/$program" || exit; \
        chmod 755 "bin/$program"; \
    done \
    && { [ -n "$(find lib -name '*.pyc' -print -quit)" ] \
        || python3 -m compileall -q -j0 --invalidation-mode=unchecked-hash lib; }

FROM ${PYTHON} AS research
COPY --from=research-files /opt/spotmc /opt/spotmc
RUN find /opt/spotmc/lib -name "libgomp-*.so.1*" -exec ln -s {} /usr/lib/libgomp.so.1 \;
ENV PATH=/opt/spotmc/bin:$PATH PYTHONUNBUFFERED=1 \
    NUMBA_CACHE_DIR=/tmp/numba MPLCONFIGDIR=/tmp/matplotlib SPOTMC_RUN_DIR=/tmp/spotmc
EXPOSE 8080
# Where several containers share an endpoint, SageMaker says on which port to serve.
LABEL com.amazonaws.sagemaker.capabilities.accept-bind-to-port=true
STOPSIGNAL SIGTERM
CMD ["spotmc", "--help"]

FROM ${PYTHON} AS trader-files
COPY engine-*.tar.gz trader-*.tar.gz /archives/
WORKDIR /opt/spotmc
RUN for archive in engine trader-packages; do \
        tar --extract --gzip --file "/archives/$archive-$(uname -m).tar.gz" --no-same-owner || exit; \
    done \
    && tar --extract --gzip --file "/archives/trader-$(uname -m).tar.gz" --no-same-owner --strip-components=1 program \
    && python3 -m venv --without-pip . \
    && { [ -n "$(find lib -name '*.pyc' -print -quit)" ] \
        || python3 -m compileall -q -j0 --invalidation-mode=unchecked-hash lib; }

FROM ${PYTHON} AS trader
COPY --from=trader-files /opt/spotmc /opt/spotmc
USER 10001:10001
ENV PATH=/opt/spotmc/bin:$PATH PYTHONUNBUFFERED=1 HOME=/tmp NUMBA_CACHE_DIR=/tmp/numba
# ECS gives the volume that it mounts here the owner and the rights that this folder has, so that anybody may write.
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/bind-mounts.html
VOLUME ["/tmp"]
# What ECS and docker send first; the trader gives its lease back and ends.
STOPSIGNAL SIGTERM
CMD ["spotmc", "trader", "--help"]

# What is built where no target is named.
FROM worker
