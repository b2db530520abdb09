//! The interface as an OpenAPI document, approved by a test as `docs/openapi.json`.

use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};

use super::error::ErrorBody;
use super::router::api_routes;

/// What the document says beside the routes, which the router adds.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Pixel Wars",
        description = "A shared pixel canvas. Every placement is a numbered event; clients resume \
            by \
            version. Errors are `{\"error\":{\"code\",\"message\",\"request_id\"}}`, with \
            `retry_after_ms` where waiting helps; `docs/API.md` lists the codes.",
        version = "1"
    ),
    components(schemas(ErrorBody)),
    modifiers(&Tokens),
    servers((url = "/api/v1")),
    tags(
        (name = "canvas", description = "Looking: no sign-in needed"),
        (name = "history", description = "Any moment of any round"),
        (name = "play", description = "Placing, and the feed"),
        (name = "sign-in", description = "Who one is"),
        (name = "feedback", description = "Telling the operator something"),
        (name = "moderation", description = "Looking after others"),
    )
)]
struct Document;

struct Tokens;

impl Modify for Tokens {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let bearer = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .bearer_format("JWT");
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("access_token", SecurityScheme::Http(bearer.build()));
        let opaque = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
        components.add_security_scheme("refresh_token", SecurityScheme::Http(opaque));
        let cookie = ApiKey::Cookie(ApiKeyValue::new("__Host-refresh"));
        components.add_security_scheme("refresh_cookie", SecurityScheme::ApiKey(cookie));
    }
}

/// The document.
pub fn document() -> utoipa::openapi::OpenApi {
    let (_, routes) = api_routes().split_for_parts();
    let mut document = Document::openapi();
    document.merge(routes);
    document
}
