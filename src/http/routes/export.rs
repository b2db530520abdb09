//! Open data: the log in the forms that others publish theirs in, while the round runs.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use event_store::{RoundId, Version};
use projections::at::AtError;
use serde::Deserialize;
use tokio::time::timeout;
use utoipa::IntoParams;

use crate::exchange::{
    ExportError, ExportFormat, ExportPlan, ExportRequest, ExportSink, ExportSummary, PlanError,
    Who, export,
};
use crate::http::Shared;
use crate::http::byte_range::{ByteRange, Part, may_be_partial};
use crate::http::conditional::is_known;
use crate::http::encoding::Encoding;
use crate::http::error::{ApiError, ErrorBody, ErrorChain, ErrorCode};
use crate::http::export_body::{self, BodySink};
use crate::http::exports::{EXPORT_MAX, ExportSeat};
use crate::http::extract::{Parameters, Segments};
use crate::http::region::parse_region;

/// What of the log, and how.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ExportQuery {
    /// `rplace2017`, `rplace2022`, `rplace2023`, `pxls`, or `ndjson`, which has every event and is
    /// also named `pixelwars`.
    format: String,
    /// Only this round; when left out, all in `ndjson`, and the newest one in the other forms.
    round: Option<u32>,
    /// The first version; the earliest when left out.
    from: Option<u64>,
    /// The last version; the newest when left out. `x-canvas-version` tells which that was: with
    /// it, a download that broke off can go on by `Range`.
    to: Option<u64>,
    /// Only what happened to these cells, `x,y,width,height`.
    region: Option<String>,
}

/// The log, or a part of it, in a published form, with pseudonyms for players
#[utoipa::path(
    get, path = "/canvases/{canvas}/export",
    operation_id = "export_log", tag = "canvas",
    params(("canvas" = String, Path, description = "The canvas's slug"), ExportQuery),
    responses(
        (status = 200, description = "The rows, as `docs/FORMATS.md` describes them; \
            `x-canvas-version` is the last version that they are of",
            content((String = "text/csv"), (String = "text/tab-separated-values"),
                (String = "application/x-ndjson"))),
        (status = 206, description = "The bytes of `Range`, for the same `to` and, by `If-Range`, \
            the same `ETag`"),
        (status = 304, description = "The client has it"),
        (status = 400, body = ErrorBody, description = "invalid_request"),
        (status = 404, body = ErrorBody, description = "canvas_not_found, round_not_found, \
            version_not_found"),
        (status = 409, body = ErrorBody, description = "no_round, format_unsuitable"),
        (status = 416, body = ErrorBody, description = "range_not_satisfiable"),
        (status = 503, body = ErrorBody, description = "too_many_exports, unavailable"),
    ),
)]
pub async fn get(
    State(app): State<Shared>,
    Segments(canvas): Segments<String>,
    Parameters(query): Parameters<ExportQuery>,
    seat: ExportSeat,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let live = app.canvas(&canvas)?;
    let request = request_of(&query)?;
    let (rounds, newest) =
        live.read(|state| (state.canvas.rounds().to_vec(), state.canvas.version()));
    let mut plan = ExportPlan::new(&request, &rounds, newest).map_err(not_planned)?;
    let tag = plan.tag(live.slug(), &app.exports.pseudonyms);
    let etag = format!("\"{tag}\"");
    let range = ByteRange::of(&headers).filter(|_| {
        let is_fixed = request.to.is_some() || headers.contains_key(header::IF_RANGE);
        is_fixed && may_be_partial(&headers, &etag)
    });
    let encoding = match range {
        // Parts are of the plain text.
        Some(_) => Encoding::Identity,
        None => Encoding::accepted(&headers, &[Encoding::Zstd, Encoding::Gzip]),
    };
    let etag = match encoding.name() {
        Some(name) => format!("\"{tag}-{name}\""),
        None => etag,
    };
    let mut response = described(&plan, &etag, encoding, live.slug().as_str());
    if is_known(&headers, &etag) {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        return Ok(response);
    }
    if let Some(before) = plan.begins_after() {
        let begun = live.at(before).await.map_err(not_begun)?;
        plan.begin_in(&begun);
    }
    let download = Download { app, plan, tag };
    let length = match range {
        Some(_) => Some(download.length().await?),
        None => download.app.exports.length_of(&download.tag),
    };
    let part = match (range, length) {
        (Some(range), Some(total)) => match range.within(total) {
            Some(part) => Some((part, total)),
            None => return Ok(not_satisfiable(total)),
        },
        (Some(_) | None, _) => None,
    };
    set_length(
        &mut response,
        part,
        length.filter(|_| encoding == Encoding::Identity),
    );
    if method == Method::HEAD {
        return Ok(response);
    }
    let channel = export_body::channel(encoding, part.map(|(part, _)| part));
    let (sink, body) = channel.map_err(|error| ApiError::fault(ErrorCode::Internal, &error))?;
    tokio::spawn(download.run(sink, seat));
    *response.body_mut() = body;
    Ok(response)
}

fn request_of(query: &ExportQuery) -> Result<ExportRequest, ApiError> {
    let format = query.format.parse::<ExportFormat>();
    Ok(ExportRequest {
        format: format
            .map_err(|error| ApiError::new(ErrorCode::InvalidRequest, error.to_string()))?,
        round: query.round.map(RoundId),
        from: query.from.map(Version),
        to: query.to.map(Version),
        region: query.region.as_deref().map(parse_region).transpose()?,
    })
}

fn not_planned(error: PlanError) -> ApiError {
    let code = match &error {
        PlanError::Ahead { .. } => ErrorCode::VersionNotFound,
        PlanError::NoSuchRound { .. } => ErrorCode::RoundNotFound,
        PlanError::NoRound { .. } => ErrorCode::NoRound,
        PlanError::Empty { .. } | PlanError::EmptyRegion => ErrorCode::InvalidRequest,
        PlanError::ForeignColor { .. } => ErrorCode::FormatUnsuitable,
    };
    ApiError::new(code, error.to_string())
}

fn not_begun(error: AtError) -> ApiError {
    match error {
        AtError::Log(_) => ApiError::fault(ErrorCode::Unavailable, &error),
        AtError::BeforeFirstRound { .. } | AtError::Future { .. } | AtError::OtherLog { .. } => {
            ApiError::fault(ErrorCode::Internal, &error)
        }
    }
}

/// An answer without its body.
fn described(plan: &ExportPlan, etag: &str, encoding: Encoding, slug: &str) -> Response {
    let mut response = Response::new(Body::empty());
    let headers = response.headers_mut();
    encoding.set_headers(headers);
    let ranges = match encoding {
        Encoding::Identity => "bytes",
        Encoding::Zstd | Encoding::Brotli | Encoding::Gzip => "none",
    };
    let (first, last) = (plan.first, plan.last);
    let round = plan.round.map(|round| format!("-round-{round}"));
    let (round, ending) = (round.unwrap_or_default(), plan.format.file_extension());
    let file = format!("attachment; filename=\"{slug}{round}-{first}-{last}.{ending}\"");
    let version = HeaderName::from_static("x-canvas-version");
    headers.insert(version, HeaderValue::from(last.0));
    for (name, value) in [
        (header::CONTENT_TYPE, plan.format.media_type()),
        (header::CONTENT_DISPOSITION, &file),
        (header::ETAG, etag),
        (header::ACCEPT_RANGES, ranges),
        (header::CACHE_CONTROL, "public, no-cache"),
    ] {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    }
    response
}

fn set_length(response: &mut Response, part: Option<(Part, u64)>, length: Option<u64>) {
    let bytes = part.map(|(part, _)| part.bytes()).or(length);
    if let Some(bytes) = bytes {
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from(bytes));
    }
    if let Some((Part { first, last }, total)) = part {
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
        let range = HeaderValue::from_str(&format!("bytes {first}-{last}/{total}"));
        if let Ok(range) = range {
            response.headers_mut().insert(header::CONTENT_RANGE, range);
        }
    }
}

fn not_satisfiable(total: u64) -> Response {
    let message = format!("the export has {total} bytes, and none in this range");
    let mut response = ApiError::new(ErrorCode::RangeNotSatisfiable, message).into_response();
    if let Ok(range) = HeaderValue::from_str(&format!("bytes */{total}")) {
        response.headers_mut().insert(header::CONTENT_RANGE, range);
    }
    response
}

/// One export for one client.
struct Download {
    app: Shared,
    plan: ExportPlan,
    tag: String,
}

impl Download {
    /// How many bytes the whole has: remembered, or counted by a run for nobody.
    async fn length(&self) -> Result<u64, ApiError> {
        if let Some(known) = self.app.exports.length_of(&self.tag) {
            return Ok(known);
        }
        let mut nowhere = tokio::io::sink();
        let counted = timeout(EXPORT_MAX, self.write(&mut nowhere)).await;
        let counted = counted.map_err(|error| ApiError::fault(ErrorCode::Unavailable, &error))?;
        let counted = counted.map_err(|error| ApiError::fault(ErrorCode::Unavailable, &error))?;
        let tag = self.tag.clone();
        self.app.exports.has_length(tag, counted.bytes);
        Ok(counted.bytes)
    }

    /// Writes to the client until all is written, the client has gone, its time is over or the
    /// server stops. The seat is free again then.
    async fn run(self, mut sink: BodySink, seat: ExportSeat) {
        let stopping = self.app.stopping.clone();
        let written = timeout(EXPORT_MAX, self.write(&mut sink));
        match stopping.run_until_cancelled(written).await {
            Some(Ok(Ok(summary))) => self.app.exports.has_length(self.tag, summary.bytes),
            Some(Ok(Err(ExportError::Write(_)))) | None => {}
            Some(Ok(Err(error @ (ExportError::Read(_) | ExportError::Names(_))))) => {
                let chain = ErrorChain(&error).to_string();
                tracing::warn!(error = chain, "an export broke off");
            }
            Some(Err(_elapsed)) => tracing::info!("an export took too long and was ended"),
        }
        drop(seat);
    }

    async fn write(&self, sink: &mut dyn ExportSink) -> Result<ExportSummary, ExportError> {
        let app = Arc::clone(&self.app);
        let who = Who::Pseudonyms(&app.exports.pseudonyms);
        export(app.live.store(), who, self.plan.clone(), sink, &|_, _| {}).await
    }
}
