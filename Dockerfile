# The server with the page inside. docker-compose.yml builds it; by hand: docker build -t pixelwars .

FROM node:20-bookworm-slim AS page
WORKDIR /source/web
COPY web/package.json web/package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY web ./
RUN npm run build

FROM rust:1.95-bookworm AS program
WORKDIR /source
COPY . .
COPY --from=page /source/web/dist web/dist
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/source/target \
    cargo build --release --locked && cp target/release/pixelwars /usr/local/bin/pixelwars

FROM debian:bookworm-slim
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates curl ffmpeg \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --create-home --home-dir /var/lib/pixelwars pixelwars
COPY --from=program /usr/local/bin/pixelwars /usr/local/bin/pixelwars
USER pixelwars
WORKDIR /var/lib/pixelwars
ENV PIXELWARS_DATA_DIR=/var/lib/pixelwars PIXELWARS_LISTEN=0.0.0.0:8080
VOLUME /var/lib/pixelwars
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s \
    CMD ["curl", "--fail", "--silent", "--output", "/dev/null", "http://127.0.0.1:8080/readyz"]
ENTRYPOINT ["pixelwars"]
CMD ["serve"]
