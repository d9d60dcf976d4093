# syntax=docker/dockerfile:1
# Two stages: native modules are compiled in the first, the second holds no compiler.
FROM node:26-bookworm AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# Built against the headers of this very node; no binary is downloaded.
ENV npm_config_build_from_source=true npm_config_nodedir=/usr/local
RUN npm ci --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY scripts ./scripts
COPY hsm ./hsm
COPY views ./views
COPY bench ./bench
COPY src ./src
RUN node scripts/build.mjs && npm prune --omit=dev --no-audit --no-fund

FROM node:26-bookworm-slim
# A real HSM comes with its own module; SoftHSM is for trying out (--build-arg SOFTHSM=1).
ARG SOFTHSM=0
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
# The guard and the server are two users who share one group, for the socket between them. Debian's
# SoftHSM is for members of its own group. Versions of a Debian release are Debian's to fix.
# hadolint ignore=DL3008
RUN groupadd --gid 990 sceau && \
    useradd --uid 990 --gid sceau --no-create-home --shell /usr/sbin/nologin sceau && \
    useradd --uid 991 --gid sceau --no-create-home --shell /usr/sbin/nologin sceau-guard && \
    install -d -o sceau -g sceau -m 0750 /var/lib/sceau && \
    install -d -o sceau-guard -g sceau -m 0750 /run/sceau && \
    if [ "$SOFTHSM" = 1 ]; then \
      apt-get update && \
      apt-get install -y --no-install-recommends softhsm2 && \
      rm -rf /var/lib/apt/lists/* && \
      usermod --append --groups softhsm sceau-guard; \
    fi
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
ENV NODE_ENV=production \
    SCEAU_DATA_DIR=/var/lib/sceau \
    SCEAU_LISTEN=0.0.0.0:8443 \
    SCEAU_GUARD_SOCKET=/run/sceau/guard.sock
VOLUME /var/lib/sceau
EXPOSE 8443
# The user sceau; by number, so that a host that knows no such name can tell it is not root.
USER 990:990
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 \
  CMD ["node", "dist/src/cli/main.js", "healthcheck"]
ENTRYPOINT ["node", "dist/src/cli/main.js"]
CMD ["start"]
