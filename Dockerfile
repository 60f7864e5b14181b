# syntax=docker/dockerfile:1
# One image for the server, the workers and the command line, with a synchronizer that was built: docs/operations.md.

# Python is Debian's in both stages that have it: a virtual environment belongs to the very Python that made it.
FROM node:24-bookworm-slim AS base
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates openssh-client python3 tini \
    && rm -rf /var/lib/apt/lists/*

FROM base AS ansible
RUN apt-get update && apt-get install --yes --no-install-recommends python3-venv
# What platform/ansible.ts installs, too; a test compares them.
COPY platform/ansible-requirements.txt /
RUN python3 -m venv /opt/ansible \
    && /opt/ansible/bin/pip install --no-cache-dir --disable-pip-version-check \
    --require-hashes --requirement /ansible-requirements.txt

FROM base AS package
WORKDIR /source
COPY package.json package-lock.json ./
# What bundles is native, and optional to npm: it goes with the rest of what only builds.
RUN npm ci --ignore-scripts
COPY . .
RUN npm run build && cp -r node_modules/typescript /typescript \
    && npm prune --omit=dev --omit=optional --ignore-scripts

FROM base AS accord
# At the root, so that a synchronizer anywhere finds `@accord-sync/accord` and what it is made of.
COPY --from=package /source/node_modules /node_modules
COPY --from=package /source/package.json /source/LICENSE /node_modules/@accord-sync/accord/
COPY --from=package /source/dist /node_modules/@accord-sync/accord/dist
COPY --from=ansible /opt/ansible /opt/ansible
RUN ln -s ../@accord-sync/accord/dist/cli/accord.js /node_modules/.bin/accord \
    && install --directory --owner=node --group=node /var/lib/accord /synchronizer
ENV PATH=/node_modules/.bin:/opt/ansible/bin:$PATH \
    NODE_ENV=production \
    LC_ALL=C.UTF-8 \
    XDG_CACHE_HOME=/var/lib/accord/cache
USER node
WORKDIR /var/lib/accord
# Playbooks leave orphans, and somebody has to reap them.
ENTRYPOINT ["tini", "--", "accord"]
CMD ["--help"]

# Checked when the image is made. By the user who runs it: what Node has compiled is kept for that one alone.
FROM accord AS synchronizer
COPY --from=package /typescript /node_modules/typescript
ARG SYNCHRONIZER=synchronizers/exampleservice
RUN accord build "/node_modules/@accord-sync/accord/dist/$SYNCHRONIZER" --output /synchronizer

FROM accord
COPY --from=synchronizer --chown=node:node /synchronizer /synchronizer
