//! Signing in with an account that somebody else keeps, and linking one: there and back.

use std::collections::HashMap;

use axum::Json;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use event_store::UnixMs;
use serde::{Deserialize, Serialize};
use url::{Url, form_urlencoded};
use utoipa::{IntoParams, ToSchema};

use super::provider_errors::refused_by_provider;
use crate::accounts::{Identity, LinkError, Provider, RevocationState};
use crate::app::App;
use crate::auth::oidc::{Callback, FlowSecrets, OidcProvider};
use crate::auth::{ATTEMPT_TTL_MS, LinkTo, ReturnPath, SignInAttempt, SignedIn};
use crate::http::Shared;
use crate::http::cookies::ATTEMPT;
use crate::http::error::{ApiError, ErrorBody, ErrorCode};
use crate::http::extract::{JsonBody, Parameters, Segments};
use crate::http::player::{Player, session_revoked};
use crate::http::signed_in::refresh_cookie;

/// The longest query of a callback that is looked at, in bytes. Codes have some hundred.
const MAX_CALLBACK_BYTES: usize = 8 << 10;

/// Where to go afterwards.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct StartQuery {
    /// A path on this server; `/` when left out.
    #[param(example = "/?x=120&y=45")]
    return_to: Option<String>,
}

/// Where to go afterwards.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LinkBody {
    /// A path on this server; `/` when left out.
    return_to: Option<String>,
}

/// Where to go.
#[derive(Serialize, ToSchema)]
pub struct LinkJson {
    /// The provider's page, to be opened in the same window.
    pub url: String,
}

/// What the provider sends back with the browser.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documented parameters, which are read one by one")]
pub struct CallbackQuery {
    /// Proves to the provider that we were meant.
    code: Option<String>,
    /// What the sign-in began with.
    state: Option<String>,
    /// Why there is no code.
    error: Option<String>,
    /// Who answers.
    iss: Option<String>,
}

/// Begin to sign in at a provider
///
/// For a browser to open: it goes to the provider's page, comes back to `callback`, and ends at
/// `return_to` with `sign_in` in its query, and `sign_in_error` when nobody was signed in.
#[utoipa::path(
    get, path = "/auth/{provider}/start",
    operation_id = "start_sign_in", tag = "sign-in",
    params(("provider" = String, Path, description = "As in `GET /auth`"), StartQuery),
    responses(
        (status = 303, description = "To the provider, or back with `sign_in_error`"),
        (status = 400, body = ErrorBody, description = "invalid_request"),
        (status = 404, body = ErrorBody, description = "provider_unknown"),
    ),
)]
pub async fn start(
    State(app): State<Shared>,
    Segments(provider): Segments<String>,
    Parameters(query): Parameters<StartQuery>,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response, ApiError> {
    let (provider, client) = app.provider(&provider)?;
    let return_to = return_path(query.return_to)?;
    let host = host_of(&headers, &uri);
    match begin(&app, provider, client, return_to.clone(), host, None).await {
        Ok((url, cookie)) => Ok(see_other(url.as_str(), [cookie])),
        Err(error) => Ok(failed(&app, provider, &return_to, &error)),
    }
}

/// Begin to link a provider's account to one's own
///
/// The page opens `url`, and ends at `return_to` with `linked` in its query, and `sign_in_error`
/// when nothing was linked.
#[utoipa::path(
    post, path = "/auth/{provider}/link",
    operation_id = "start_link", tag = "sign-in",
    security(("access_token" = [])),
    params(("provider" = String, Path, description = "As in `GET /auth`")),
    request_body = LinkBody,
    responses(
        (status = 200, body = LinkJson),
        (status = 400, body = ErrorBody, description = "invalid_request, malformed_json"),
        (status = 401, body = ErrorBody,
            description = "unauthorized, token_expired, session_revoked"),
        (status = 404, body = ErrorBody, description = "provider_unknown"),
        (status = 503, body = ErrorBody, description = "provider_unavailable"),
    ),
)]
pub async fn link(
    State(app): State<Shared>,
    Segments(provider): Segments<String>,
    player: Player,
    headers: HeaderMap,
    uri: Uri,
    JsonBody(body): JsonBody<LinkBody>,
) -> Result<Response, ApiError> {
    let (provider, client) = app.provider(&provider)?;
    let return_to = return_path(body.return_to)?;
    let host = host_of(&headers, &uri);
    let link_to = LinkTo {
        player: player.id,
        login_session: player.login_session,
        issued_at: player.issued_at,
    };
    let (url, cookie) = begin(&app, provider, client, return_to, host, Some(link_to)).await?;
    let url = url.to_string();
    let mut response = Json(LinkJson { url }).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.append(header::SET_COOKIE, cookie);
    Ok(response)
}

/// End a sign-in at a provider, or a link
///
/// Only for the browser that began it. Whatever happens, it goes to `return_to`.
#[utoipa::path(
    get, path = "/auth/{provider}/callback",
    operation_id = "end_sign_in", tag = "sign-in",
    params(("provider" = String, Path, description = "As in `GET /auth`"), CallbackQuery),
    responses(
        (status = 303, description = "To `return_to`, signed in, linked, or with `sign_in_error`"),
        (status = 404, body = ErrorBody, description = "provider_unknown"),
    ),
)]
pub async fn callback(
    State(app): State<Shared>,
    Segments(provider): Segments<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let (provider, client) = app.provider(&provider)?;
    let now = UnixMs::now();
    let sealed = ATTEMPT.read(&app.config, &headers);
    let attempt = sealed.and_then(|sealed| app.attempts.open(&sealed, now));
    let Some(attempt) = attempt.filter(|attempt| attempt.provider == provider) else {
        let message = "this sign-in was not begun in this browser, or too long ago: begin anew";
        let error = ApiError::new(ErrorCode::SignInExpired, message);
        return Ok(failed(&app, provider, &ReturnPath::default(), &error));
    };
    let ended = end(&app, client, &attempt, &query.unwrap_or_default(), now).await;
    Ok(match ended {
        Ok(Some(signed_in)) => {
            let target = attempt.return_to.with(&[("sign_in", provider.as_str())]);
            let refresh = refresh_cookie(&app, &signed_in);
            see_other(&target, [ATTEMPT.clear(&app.config), refresh])
        }
        Ok(None) => {
            let target = attempt.return_to.with(&[("linked", provider.as_str())]);
            see_other(&target, [ATTEMPT.clear(&app.config)])
        }
        Err(error) => failed(&app, provider, &attempt.return_to, &error),
    })
}

impl App {
    /// The provider of a path, if the settings name it.
    fn provider(&self, name: &str) -> Result<(Provider, &OidcProvider), ApiError> {
        let known = Provider::of_name(name);
        let found = known.and_then(|known| Some((known, self.oidc.get(known)?)));
        found.ok_or_else(|| {
            let message = "this server has no such provider; GET /api/v1/auth lists them";
            ApiError::new(ErrorCode::ProviderUnknown, message)
        })
    }
}

/// Where the browser has to go, and the cookie that it takes along.
async fn begin(
    app: &App,
    provider: Provider,
    client: &OidcProvider,
    return_to: ReturnPath,
    host: Option<&str>,
    link_to: Option<LinkTo>,
) -> Result<(Url, HeaderValue), ApiError> {
    let now = UnixMs::now();
    let internal =
        |error: &(dyn std::error::Error + 'static)| ApiError::fault(ErrorCode::Internal, error);
    let secrets = FlowSecrets::draw().map_err(|error| internal(&error))?;
    let redirect_uri = redirect_uri(app, provider, host)?;
    let url = client.authorization_url(&secrets, &redirect_uri, now).await;
    let url = url.map_err(|error| refused_by_provider(provider, &error))?;
    let attempt = SignInAttempt {
        provider,
        link_to,
        secrets,
        redirect_uri,
        return_to,
        expires_at: now.plus_ms(ATTEMPT_TTL_MS),
    };
    let sealed = app.attempts.seal(&attempt);
    let sealed = sealed.map_err(|error| internal(&error))?;
    Ok((
        url,
        ATTEMPT.set(&app.config, sealed, ATTEMPT_TTL_MS / 1_000),
    ))
}

/// Ends the attempt with what the provider sent back: somebody who is signed in, or none when an
/// identity was linked.
async fn end(
    app: &App,
    client: &OidcProvider,
    attempt: &SignInAttempt,
    query: &str,
    now: UnixMs,
) -> Result<Option<SignedIn>, ApiError> {
    let answer = read_answer(query)?;
    let state = answer.get("state").map(String::as_str).unwrap_or_default();
    if !attempt.secrets.has_state(state) {
        let message = "this is the answer to another sign-in: begin anew";
        return Err(ApiError::new(ErrorCode::SignInMismatch, message));
    }
    if let Some(error) = answer.get("error") {
        return Err(match error.as_str() {
            "access_denied" => {
                let message = "the sign-in was given up at the provider";
                ApiError::new(ErrorCode::SignInCancelled, message)
            }
            _ => ApiError::new(ErrorCode::ProviderRefused, "the provider refused"),
        });
    }
    let callback = Callback {
        code: answer.get("code").map(String::as_str).unwrap_or_default(),
        issuer: answer.get("iss").map(String::as_str),
        redirect_uri: &attempt.redirect_uri,
    };
    let proved = client.prove(callback, &attempt.secrets, now).await;
    let person = proved.map_err(|error| refused_by_provider(attempt.provider, &error))?;
    let identity = Identity {
        provider: attempt.provider,
        issuer: match attempt.provider {
            Provider::Google | Provider::Telegram => String::new(),
            Provider::Oidc => client.issuer().to_owned(),
        },
        subject: person.subject,
        name: person.name,
    };
    match attempt.link_to {
        Some(link_to) => link_by(app, link_to, &identity).await?,
        None => return Ok(Some(app.sign_in.with_identity(&identity, now).await?)),
    }
    Ok(None)
}

/// Links, unless the sign-in that asked for it was ended meanwhile: an attempt outlasts it.
async fn link_by(app: &App, link_to: LinkTo, identity: &Identity) -> Result<(), ApiError> {
    let revocations = app.sign_in.revocations();
    match revocations.state_of(link_to.login_session, link_to.issued_at) {
        RevocationState::Live => {}
        RevocationState::Revoked | RevocationState::Unknown => return Err(session_revoked()),
    }
    let linked = app.sign_in.link(link_to.player, identity, UnixMs::now());
    Ok(linked.await?)
}

/// The parameters that the provider sent back, none twice.
fn read_answer(query: &str) -> Result<HashMap<String, String>, ApiError> {
    let unreadable = || {
        let message = "the provider's answer cannot be read";
        ApiError::new(ErrorCode::ProviderRefused, message)
    };
    if query.len() > MAX_CALLBACK_BYTES {
        return Err(unreadable());
    }
    let mut answer = HashMap::new();
    for (name, value) in form_urlencoded::parse(query.as_bytes()).into_owned() {
        if answer.insert(name, value).is_some() {
            return Err(unreadable());
        }
    }
    Ok(answer)
}

fn return_path(given: Option<String>) -> Result<ReturnPath, ApiError> {
    let path = given.map_or_else(|| Ok(ReturnPath::default()), ReturnPath::try_from);
    path.map_err(|error| ApiError::new(ErrorCode::InvalidRequest, error.to_string()))
}

/// The host that the browser believes to talk to.
fn host_of<'a>(headers: &'a HeaderMap, uri: &'a Uri) -> Option<&'a str> {
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    host.or_else(|| uri.authority().map(|authority| authority.as_str()))
}

/// Where the provider sends the browser back to. Without a public address it is the name of this
/// server that the browser uses, since its cookies are for that name.
fn redirect_uri(app: &App, provider: Provider, host: Option<&str>) -> Result<String, ApiError> {
    let origin = match &app.config.server.public_url {
        Some(url) => url.origin(),
        None => {
            let named = host.map(|host| format!("http://{host}").to_ascii_lowercase());
            let own = named.filter(|named| app.origins.contains(named));
            own.ok_or_else(|| {
                let message = "providers send people back to the address that this server listens \
                    on, or to the public_url that whoever runs it sets";
                ApiError::new(ErrorCode::InvalidRequest, message)
            })?
        }
    };
    Ok(format!("{origin}/api/v1/auth/{provider}/callback"))
}

/// Back to where the sign-in began, with what went wrong.
fn failed(app: &App, provider: Provider, return_to: &ReturnPath, error: &ApiError) -> Response {
    let (way, code) = (provider.as_str(), error.code().as_str());
    metrics::counter!("canvas_sign_in_failures_total", "way" => way, "code" => code).increment(1);
    let target = return_to.with(&[("sign_in", way), ("sign_in_error", code)]);
    see_other(&target, [ATTEMPT.clear(&app.config)])
}

fn see_other<const N: usize>(target: &str, cookies: [HeaderValue; N]) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    let headers = response.headers_mut();
    // Addresses are ASCII without control characters; the start page is a safe one in any case.
    let target = HeaderValue::try_from(target).unwrap_or(HeaderValue::from_static("/"));
    headers.insert(header::LOCATION, target);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    for cookie in cookies {
        headers.append(header::SET_COOKIE, cookie);
    }
    response
}

impl From<LinkError> for ApiError {
    fn from(error: LinkError) -> Self {
        let code = match &error {
            LinkError::IdentityTaken => ErrorCode::IdentityTaken,
            LinkError::TooManyIdentities => ErrorCode::TooManyIdentities,
            LinkError::NoAccount => ErrorCode::Unauthorized,
            LinkError::Subject(_) => ErrorCode::IdTokenInvalid,
            LinkError::Unavailable(_) => return Self::fault(ErrorCode::Unavailable, &error),
        };
        Self::new(code, error.to_string())
    }
}
