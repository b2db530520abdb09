//! The limits of rate, at every route that changes something or costs more than an answer.

use std::future::{Ready, ready};
use std::task::{Context, Poll};

use axum::extract::{MatchedPath, Request};
use axum::http::Method;
use axum::response::{IntoResponse as _, Response};
use event_store::PlayerId;
use futures_util::future::Either;
use tower::{Layer, Service};

use super::Shared;
use super::client_address::Client;
use super::error::{ApiError, ErrorCode};
use crate::limits::{AccountClass, AskedEnough, RateClass, RateLimited, TalkedEnough};

/// The handshake of the feed, a GET request that spends a ticket and makes a socket.
const FEED_ROUTE: &str = "/api/v1/canvases/{canvas}/feed";

/// Where people sign in.
const AUTH_ROUTES: &str = "/api/v1/auth/";

/// Counts requests by the address that they come from.
#[derive(Clone)]
pub(super) struct AddressRates(pub(super) Shared);

impl<S> Layer<S> for AddressRates {
    type Service = RateLimitedRoutes<S>;

    fn layer(&self, inner: S) -> RateLimitedRoutes<S> {
        RateLimitedRoutes {
            inner,
            app: self.0.clone(),
        }
    }
}

/// Routes that a client gets to as often as it may.
#[derive(Clone)]
pub(super) struct RateLimitedRoutes<S> {
    inner: S,
    app: Shared,
}

impl<S: Service<Request, Response = Response>> Service<Request> for RateLimitedRoutes<S> {
    type Response = Response;
    type Error = S::Error;
    type Future = Either<S::Future, Ready<Result<Response, S::Error>>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        match check_address(&self.app, &request) {
            Ok(()) => Either::Left(self.inner.call(request)),
            Err(limited) => Either::Right(ready(Ok(limited.into_response()))),
        }
    }
}

fn check_address(app: &Shared, request: &Request) -> Result<(), ApiError> {
    let route = request.extensions().get::<MatchedPath>();
    let route = route.map_or("", MatchedPath::as_str);
    let Some(class) = class_of(request.method(), route) else {
        return Ok(());
    };
    let client = app
        .addresses
        .client(request.extensions(), request.headers());
    if client.is_exempt {
        return Ok(());
    }
    let checked = app.limits.rates.check_address(class, client.address);
    checked.map_err(|limited| {
        let class = match class {
            RateClass::SignIn => "sign_in",
            RateClass::Refresh => "refresh",
            RateClass::Write => "write",
        };
        count(class, "address");
        too_often(limited, "your network")
    })
}

/// Counts a request with an account's access token, wherever it comes from.
///
/// # Errors
/// `rate_limited`
pub(super) fn check_account(
    app: &Shared,
    method: &Method,
    client: Client,
    player: PlayerId,
) -> Result<(), ApiError> {
    if client.is_exempt {
        return Ok(());
    }
    let (class, name) = match is_reading(method) {
        true => (AccountClass::Read, "read"),
        false => (AccountClass::Write, "write"),
    };
    let checked = app.limits.rates.check_account(class, player);
    checked.map_err(|limited| {
        count(name, "account");
        too_often(limited, "you")
    })
}

/// Counts a message to the operator, by address and by account.
///
/// # Errors
/// `rate_limited`
pub(super) fn check_feedback(
    app: &Shared,
    client: Client,
    player: Option<PlayerId>,
) -> Result<(), ApiError> {
    if client.is_exempt {
        return Ok(());
    }
    let checked = app.limits.feedback.check(client.address, player);
    checked.map_err(|enough| talked_enough("feedback", enough))
}

/// Counts a report or an appeal, by address and by account.
///
/// # Errors
/// `rate_limited`
pub(super) fn check_report(app: &Shared, client: Client, player: PlayerId) -> Result<(), ApiError> {
    if client.is_exempt {
        return Ok(());
    }
    let checked = app.limits.reports.check(client.address, Some(player));
    checked.map_err(|enough| talked_enough("report", enough))
}

fn talked_enough(class: &'static str, enough: TalkedEnough) -> ApiError {
    match enough {
        TalkedEnough::Address(limited) => {
            count(class, "address");
            too_often(limited, "your network")
        }
        TalkedEnough::Account(limited) => {
            count(class, "account");
            too_often(limited, "you")
        }
    }
}

/// Counts a film that a player asks for, by address and by account.
///
/// # Errors
/// `rate_limited`
pub(super) fn check_timelapse(
    app: &Shared,
    client: Client,
    player: PlayerId,
) -> Result<(), ApiError> {
    if client.is_exempt {
        return Ok(());
    }
    let checked = app.limits.timelapses.check(client.address, player);
    checked.map_err(|enough| match enough {
        AskedEnough::Address(limited) => {
            count("timelapse", "address");
            too_often(limited, "your network")
        }
        AskedEnough::Account(limited) => {
            count("timelapse", "account");
            too_often(limited, "you")
        }
    })
}

fn count(class: &'static str, by: &'static str) {
    metrics::counter!("canvas_rate_limited_total", "class" => class, "by" => by).increment(1);
}

fn too_often(limited: RateLimited, who: &str) -> ApiError {
    let ms = limited.retry_after.as_millis().max(1);
    let ms = u64::try_from(ms).unwrap_or(u64::MAX);
    let message = format!("{who} asked more often than is allowed; wait {ms} ms");
    ApiError::new(ErrorCode::RateLimited, message).retry_after_ms(ms)
}

/// What a request counts as; none when it only reads. The way to a provider and back is made of GET
/// requests and yet a sign-in; so is the handshake of the feed, and yet a write. A sign-out looks a
/// refresh token up, like a refresh.
fn class_of(method: &Method, route: &str) -> Option<RateClass> {
    let is_reading = is_reading(method);
    match route.strip_prefix(AUTH_ROUTES) {
        Some("refresh" | "logout") if !is_reading => Some(RateClass::Refresh),
        Some("challenge" | "logout-everywhere") => Some(RateClass::Write),
        Some(_) => Some(RateClass::SignIn),
        None if is_reading && route != FEED_ROUTE => None,
        None => Some(RateClass::Write),
    }
}

fn is_reading(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changes_something_counts() {
        let class = |method: Method, route: &str| class_of(&method, route);
        let (sign_in, write) = (Some(RateClass::SignIn), Some(RateClass::Write));
        assert_eq!(class(Method::POST, "/api/v1/auth/anonymous"), sign_in);
        assert_eq!(class(Method::POST, "/api/v1/auth/telegram"), sign_in);
        assert_eq!(class(Method::GET, "/api/v1/auth/{provider}/start"), sign_in);
        let callback = "/api/v1/auth/{provider}/callback";
        assert_eq!(class(Method::GET, callback), sign_in);
        let refresh = class(Method::POST, "/api/v1/auth/refresh");
        assert_eq!(refresh, Some(RateClass::Refresh));
        let logout = class(Method::POST, "/api/v1/auth/logout");
        assert_eq!(logout, Some(RateClass::Refresh));
        assert_eq!(class(Method::POST, "/api/v1/auth/logout-everywhere"), write);
        assert_eq!(class(Method::GET, FEED_ROUTE), write);
        let placements = "/api/v1/canvases/{canvas}/placements";
        assert_eq!(class(Method::POST, placements), write);
        assert_eq!(class(Method::POST, ""), write);
        assert_eq!(class(Method::GET, "/api/v1/auth"), None);
        assert_eq!(class(Method::GET, placements), None);
        assert_eq!(class(Method::HEAD, "/api/v1/canvases"), None);
        assert_eq!(class(Method::GET, ""), None);
    }
}
