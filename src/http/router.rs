//! Every route, in one list.

use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::extract::{DefaultBodyLimit, MatchedPath, Request, State};
use axum::http::{Method, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use metrics::Label;
use tower::ServiceBuilder;
use tower_http::csrf::{CsrfLayer, ProtectionError};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::error::{ApiError, ErrorCode};
use super::rate_limit::AddressRates;
use super::routes::{
    appeals, behaviour, canvases, catch_up, cells, desk, diff, events, export, feedback, history,
    history_events, human_check, image, me, moderation, oidc, placements, play, proof, reports,
    sessions, sign_in, sign_in_ways, snapshots, system, telegram, telegram_updates, timelapse_file,
    timelapses,
};
use super::security_headers::{PagePolicies, SecurityHeaders};
use super::{Shared, page, request_id};
use crate::app::App;

/// The routes under `/api/v1`.
pub(super) fn api_routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(canvases::list))
        .routes(routes!(canvases::get))
        .routes(routes!(snapshots::latest))
        .routes(routes!(snapshots::get))
        .routes(routes!(events::list))
        .routes(routes!(events::stream))
        .routes(routes!(export::get))
        .routes(routes!(catch_up::get))
        .routes(routes!(image::get))
        .routes(routes!(cells::get))
        .routes(routes!(diff::get))
        .routes(routes!(history::manifest))
        .routes(routes!(history_events::list))
        .routes(routes!(history::segment))
        .routes(routes!(history::open_segment))
        .routes(routes!(history::keyframe))
        .routes(routes!(proof::get))
        .routes(routes!(timelapses::offer))
        .routes(routes!(timelapses::request))
        .routes(routes!(timelapses::get))
        .routes(routes!(timelapses::cancel))
        .routes(routes!(timelapse_file::get))
        .routes(routes!(placements::create))
        .routes(routes!(placements::undo_one))
        .routes(routes!(behaviour::get))
        .routes(routes!(behaviour::riskiest))
        .routes(routes!(moderation::previews::create))
        .routes(routes!(moderation::previews::picture))
        .routes(routes!(moderation::acts::perform, moderation::acts::list))
        .routes(routes!(moderation::acts::get))
        .routes(routes!(moderation::acts::undo))
        .routes(routes!(moderation::log::get))
        .routes(routes!(moderation::roles::own))
        .routes(routes!(moderation::roles::list))
        .routes(routes!(moderation::roles::claim))
        .routes(routes!(reports::send))
        .routes(routes!(reports::own))
        .routes(routes!(appeals::send))
        .routes(routes!(appeals::mine))
        .routes(routes!(desk::entries::list))
        .routes(routes!(desk::entries::get))
        .routes(routes!(desk::resolution::resolve))
        .routes(routes!(desk::feedback::list))
        .routes(routes!(desk::feedback::answer))
        .routes(routes!(desk::feedback::own))
        .routes(routes!(desk::players::get))
        .routes(routes!(desk::bans::list))
        .routes(routes!(human_check::challenge))
        .routes(routes!(human_check::give))
        .routes(routes!(play::play))
        .routes(routes!(play::leave))
        .routes(routes!(play::feed))
        .routes(routes!(sign_in::anonymous))
        .routes(routes!(sessions::refresh))
        .routes(routes!(sessions::logout))
        .routes(routes!(sessions::logout_everywhere))
        .routes(routes!(sign_in_ways::list))
        .routes(routes!(telegram::telegram))
        .routes(routes!(oidc::start))
        .routes(routes!(oidc::link))
        .routes(routes!(oidc::callback))
        .routes(routes!(sign_in_ways::unlink))
        .routes(routes!(me::me))
        .routes(routes!(feedback::send))
}

/// The whole HTTP interface of a gateway.
pub fn router(app: Arc<App>) -> Router {
    let (api, _) = api_routes().split_for_parts();
    let api = api
        .route("/openapi.json", get(system::openapi))
        .route("/telegram/updates", post(telegram_updates::take))
        .method_not_allowed_fallback(method_not_allowed);
    let policies = PagePolicies::of(&app.config.server.template_hosts);
    let page = async move |request: Request| page::serve(&policies, &request);
    let mut router = Router::new()
        .nest("/api/v1", api)
        .route("/docs", get(system::docs))
        .route("/livez", get(system::livez))
        .route("/readyz", get(system::readyz));
    if app.config.server.has_metrics_on_main_listener() {
        router = router.route("/metrics", get(system::metrics));
    }
    let body_limit = app.config.limits.max_body_bytes as usize;
    let headers = SecurityHeaders::of(app.config.server.public_url.as_ref());
    // One layer for all: each one more would be cloned and boxed for every request.
    let around_all = ServiceBuilder::new()
        .layer(from_fn_with_state(headers, observe))
        .layer(same_site(&app.origins))
        .layer(AddressRates(Arc::clone(&app)))
        .layer(DefaultBodyLimit::max(body_limit));
    router.fallback(page).layer(around_all).with_state(app)
}

/// Refuses what a browser sends for a page of another site and what could change something.
/// Programs that are no browsers send neither `Sec-Fetch-Site` nor `Origin`, and pass.
fn same_site(
    origins: &[String],
) -> CsrfLayer<impl FnMut(ProtectionError) -> Response + Clone + use<>> {
    let mut layer = CsrfLayer::new();
    for origin in origins {
        // An origin that the layer does not read is not trusted; no browser sends such a one.
        layer = layer.clone().add_trusted_origin(origin).unwrap_or(layer);
    }
    layer.with_rejection_response(|_: ProtectionError| {
        let message = "a page of another site sent this; the operator can name it in \
            `allowed_origins`";
        ApiError::new(ErrorCode::CrossSite, message).into_response()
    })
}

/// The second listener, for metrics alone.
pub fn metrics_router(app: Arc<App>) -> Router {
    Router::new()
        .route("/metrics", get(system::metrics))
        .with_state(app)
}

async fn method_not_allowed(request: Request) -> ApiError {
    let message = format!(
        "{} is not offered here; see /docs for what is",
        request.method()
    );
    ApiError::new(ErrorCode::MethodNotAllowed, message)
}

/// Middleware around every request: an id, a count and a time by route, the headers of every
/// answer, and errors of the framework in our form.
async fn observe(State(headers): State<SecurityHeaders>, request: Request, next: Next) -> Response {
    let mut response = request_id::with_request_id(request, |request| measure(request, next)).await;
    headers.set(response.headers_mut());
    response
}

async fn measure(request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let route = request.extensions().get::<MatchedPath>();
    let route = route.map_or("page", |path| path.as_str()).to_owned();
    let method = method_label(request.method());
    let response = next.run(request).await;
    let labels = vec![
        Label::new("route", route),
        Label::from_static_parts("method", method),
        Label::new("status", response.status().as_str().to_owned()),
    ];
    let seconds = begun.elapsed().as_secs_f64();
    metrics::histogram!("canvas_http_seconds", labels).record(seconds);
    in_our_form(response)
}

/// A method as a label. Clients can make methods up, and each value of a label takes memory for
/// ever.
fn method_label(method: &Method) -> &'static str {
    const KNOWN: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
    let known = KNOWN.iter().find(|known| **known == method.as_str());
    known.copied().unwrap_or("other")
}

/// The response, or our own form of an error that the framework answered in its words.
fn in_our_form(response: Response) -> Response {
    let status = response.status();
    let is_error = status.is_client_error() || status.is_server_error();
    let media_type = response.headers().get(header::CONTENT_TYPE);
    let is_bare = media_type.is_none_or(|media_type| {
        let media_type = media_type.to_str().unwrap_or_default();
        media_type.starts_with("text/plain")
    });
    if !(is_error && is_bare) {
        return response;
    }
    let (code, message) = match status {
        StatusCode::NOT_FOUND => (ErrorCode::NotFound, "there is nothing here"),
        StatusCode::METHOD_NOT_ALLOWED => (
            ErrorCode::MethodNotAllowed,
            "this method is not offered here",
        ),
        StatusCode::PAYLOAD_TOO_LARGE => (ErrorCode::BodyTooLarge, "the body is too large"),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => (
            ErrorCode::UnsupportedMediaType,
            "the body is of the wrong kind",
        ),
        status if status.is_server_error() => (ErrorCode::Internal, "the server failed"),
        _ => (ErrorCode::InvalidRequest, "the request cannot be read"),
    };
    let message = format!("{message}; see /docs for what is expected");
    let mut ours = ApiError::new(code, message).into_response();
    if let Some(allowed) = response.headers().get(header::ALLOW) {
        ours.headers_mut().insert(header::ALLOW, allowed.clone());
    }
    ours
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methods_that_clients_make_up_share_one_label() {
        let made_up = Method::from_bytes(b"PIXELATE").expect("a token");
        assert_eq!(method_label(&Method::POST), "POST");
        assert_eq!(method_label(&made_up), "other");
    }
}
