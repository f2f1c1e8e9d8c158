# Keyfuse in an image without a shell, for a root that is read-only and a user that owns nothing but /data.
#
#     docker build -t keyfuse .
#     docker run --read-only --cap-drop ALL --security-opt no-new-privileges -v keyfuse:/data -p 8080:8080 \
#       -e WORKOS_API_KEY_FILE=/run/secrets/workos_api_key … keyfuse
#
# The bases are named by version, so that this file stays true where no registry can be asked. Pin them by digest where
# you build: --build-arg RUNTIME_IMAGE=gcr.io/distroless/nodejs24-debian13@sha256:…
ARG BUILD_IMAGE=docker.io/library/node:24-trixie-slim
ARG RUNTIME_IMAGE=gcr.io/distroless/nodejs24-debian13:nonroot

FROM ${BUILD_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json ./
# No install script runs: what we need of binaries is inside the packages, and the base brings Node.
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY scripts/build.mjs scripts/build.mjs
COPY src src
COPY detectors detectors
RUN npm run build \
 && npm prune --omit=dev --ignore-scripts --no-audit --no-fund \
 && find node_modules -type d -empty -delete \
 && mkdir /data

# Wikis, histories and large commits are read by git. Of Debian's package only what a fetch over HTTPS needs; the C library
# is the runtime's own, of the same Debian.
FROM ${BUILD_IMAGE} AS git
RUN apt-get update \
 && apt-get install -y --no-install-recommends git \
 && mkdir -p /git/lib /git/usr/lib \
 && cp --parents /usr/bin/git /usr/lib/git-core/git-remote-http /git \
 && ln -s git-remote-http /git/usr/lib/git-core/git-remote-https \
 && ldd /usr/bin/git /usr/lib/git-core/git-remote-http | awk '$2 == "=>" { print $3 }' | sort -u \
  | grep -vE '/(libc|libm|libdl|librt|libpthread|libresolv)\.so' | xargs cp -L --parents -t /git \
 && cp -r /git/lib/. /git/usr/lib && rm -r /git/lib

FROM ${RUNTIME_IMAGE}
LABEL org.opencontainers.image.title="keyfuse" \
      org.opencontainers.image.description="A fuse for API keys: the moment a live key leaks, it is cut." \
      org.opencontainers.image.licenses="Apache-2.0"
# Absolute: a WORKDIR would belong to the user of the base, and he could write to it.
COPY LICENSE package.json /app/
COPY --from=build /app/node_modules /app/node_modules
COPY --from=build /app/dist /app/dist
COPY --from=git /git /
COPY --from=build --chown=65532:65532 /data /data
# Both listeners must be reached from outside the container; who may reach them is for the network to say.
ENV NODE_ENV=production DATA_DIR=/data HOST=0.0.0.0 PORT=8080 OPS_HOST=0.0.0.0 OPS_PORT=9464
VOLUME ["/data"]
EXPOSE 8080 9464
USER 65532:65532
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
  CMD ["/nodejs/bin/node", "-e", "fetch(`http://127.0.0.1:${process.env.OPS_PORT}/healthz`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# Neither prototypes nor a debugger can be reached, and a crash report leaves the environment out.
ENTRYPOINT ["/nodejs/bin/node", "--disable-proto=delete", "--disable-sigusr1", "--report-exclude-env", "/app/dist/src/main.js"]
CMD ["run"]
