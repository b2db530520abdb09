//! The one error body of the HTTP interface, and where its codes come from.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use event_store::UnixMs;
use serde::Serialize;
use utoipa::ToSchema;

use super::rejection_text;
use crate::placements::{PlaceError, Rejection};

/// How long a client is asked to wait after a fault that may pass, in milliseconds.
const RETRY_AFTER_FAULT_MS: u64 = 1_000;

/// Ties every error code to its text and status, once.
macro_rules! error_codes {
    ($($(#[$doc:meta])* $name:ident = $text:literal, $status:ident;)+) => {
        /// What went wrong, for programs: part of the interface, never renamed.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum ErrorCode {
            $($(#[$doc])* $name,)+
        }

        impl ErrorCode {
            /// Every code.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// The code as it stands in the body.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text),+ }
            }

            /// The HTTP status that goes with it.
            pub const fn status(self) -> StatusCode {
                match self { $(Self::$name => StatusCode::$status),+ }
            }
        }
    };
}

error_codes! {
    /// The path is not part of the interface.
    NotFound = "not_found", NOT_FOUND;
    /// The path does not take this method.
    MethodNotAllowed = "method_not_allowed", METHOD_NOT_ALLOWED;
    /// No canvas of that name.
    CanvasNotFound = "canvas_not_found", NOT_FOUND;
    /// No snapshot of that version is kept.
    SnapshotNotFound = "snapshot_not_found", NOT_FOUND;
    /// No closed segment of history has that number, or the open one is empty.
    SegmentNotFound = "segment_not_found", NOT_FOUND;
    /// No keyframe of history shows that version.
    KeyframeNotFound = "keyframe_not_found", NOT_FOUND;
    /// The log has no such version, or no round was open at it.
    VersionNotFound = "version_not_found", NOT_FOUND;
    /// The log has no such round.
    RoundNotFound = "round_not_found", NOT_FOUND;
    /// The form cannot say what the round holds.
    FormatUnsuitable = "format_unsuitable", CONFLICT;
    /// The answer has no byte in the range.
    RangeNotSatisfiable = "range_not_satisfiable", RANGE_NOT_SATISFIABLE;
    /// As many exports run as may.
    TooManyExports = "too_many_exports", SERVICE_UNAVAILABLE;
    /// A query parameter, path segment or header cannot be read.
    InvalidRequest = "invalid_request", BAD_REQUEST;
    /// The body is not JSON, or not of the documented shape.
    MalformedJson = "malformed_json", BAD_REQUEST;
    /// The body's content type is not `application/json`.
    UnsupportedMediaType = "unsupported_media_type", UNSUPPORTED_MEDIA_TYPE;
    /// The body is larger than allowed.
    BodyTooLarge = "body_too_large", PAYLOAD_TOO_LARGE;
    /// The body did not come in time.
    BodyTooSlow = "body_too_slow", REQUEST_TIMEOUT;
    /// A picture of that size is more than the server draws.
    ImageTooLarge = "image_too_large", BAD_REQUEST;
    /// No access token, or one that is not valid.
    Unauthorized = "unauthorized", UNAUTHORIZED;
    /// The access token has expired.
    TokenExpired = "token_expired", UNAUTHORIZED;
    /// The sign-in that the token is of was ended.
    SessionRevoked = "session_revoked", UNAUTHORIZED;
    /// The request carries no refresh token.
    RefreshTokenMissing = "refresh_token_missing", UNAUTHORIZED;
    /// The refresh token is malformed or not known.
    RefreshTokenInvalid = "refresh_token_invalid", UNAUTHORIZED;
    /// The refresh token has expired.
    RefreshTokenExpired = "refresh_token_expired", UNAUTHORIZED;
    /// The refresh token was used before; its sign-in is ended.
    RefreshTokenReused = "refresh_token_reused", UNAUTHORIZED;
    /// The client asks more often than it may.
    RateLimited = "rate_limited", TOO_MANY_REQUESTS;
    /// A page of another site sent the request.
    CrossSite = "cross_site", FORBIDDEN;
    /// The device or the network has made as many players today as it may.
    TooManyAccounts = "too_many_accounts", TOO_MANY_REQUESTS;
    /// The server has no such provider, or no Mini App.
    ProviderUnknown = "provider_unknown", NOT_FOUND;
    /// The provider, or what it publishes, cannot be reached or read.
    ProviderUnavailable = "provider_unavailable", SERVICE_UNAVAILABLE;
    /// The provider refuses, or answers what cannot be read.
    ProviderRefused = "provider_refused", BAD_GATEWAY;
    /// The person gave up at the provider.
    SignInCancelled = "sign_in_cancelled", FORBIDDEN;
    /// The sign-in was not begun in this browser, or too long ago.
    SignInExpired = "sign_in_expired", UNAUTHORIZED;
    /// The provider's answer is to another sign-in.
    SignInMismatch = "sign_in_mismatch", UNAUTHORIZED;
    /// What the provider says about the person does not hold.
    IdTokenInvalid = "id_token_invalid", UNAUTHORIZED;
    /// The provider has not verified the e-mail.
    EmailNotVerified = "email_not_verified", FORBIDDEN;
    /// The identity belongs to another player.
    IdentityTaken = "identity_taken", CONFLICT;
    /// The player has as many identities as one can have.
    TooManyIdentities = "too_many_identities", CONFLICT;
    /// The player has no identity of the provider.
    IdentityNotFound = "identity_not_found", NOT_FOUND;
    /// Without the identity nobody could sign in to the account.
    LastIdentity = "last_identity", CONFLICT;
    /// The launch data is not Telegram's for this bot.
    InitDataInvalid = "init_data_invalid", UNAUTHORIZED;
    /// The launch data is too old, or from the future.
    InitDataExpired = "init_data_expired", UNAUTHORIZED;
    /// The launch data has signed somebody in already.
    InitDataReplayed = "init_data_replayed", UNAUTHORIZED;
    /// A proof of work is demanded first.
    HumanCheckRequired = "human_check_required", FORBIDDEN;
    /// The proof of work is not good.
    HumanCheckFailed = "human_check_failed", BAD_REQUEST;
    /// The player is no moderator.
    NotAModerator = "not_a_moderator", FORBIDDEN;
    /// The act breaks a rule.
    InvalidAct = "invalid_act", BAD_REQUEST;
    /// The act would change nothing.
    NothingToDo = "nothing_to_do", CONFLICT;
    /// The act has to be previewed and confirmed.
    PreviewNeeded = "preview_needed", CONFLICT;
    /// The preview is used, too old, or somebody else's.
    PreviewGone = "preview_gone", CONFLICT;
    /// Somebody acted since the preview.
    Overtaken = "overtaken", CONFLICT;
    /// There is no such act.
    ActNotFound = "act_not_found", NOT_FOUND;
    /// The act cannot be undone.
    NotUndoable = "not_undoable", CONFLICT;
    /// The admin code is wrong or used.
    WrongCode = "wrong_code", FORBIDDEN;
    /// Nothing is known of the player.
    PlayerNotFound = "player_not_found", NOT_FOUND;
    /// Anonymous sign-in is switched off.
    AnonymousOff = "anonymous_off", FORBIDDEN;
    /// The name breaks a rule.
    InvalidName = "invalid_name", BAD_REQUEST;
    /// The message to the operator breaks a rule.
    InvalidFeedback = "invalid_feedback", BAD_REQUEST;
    /// As many messages to the operator are kept as may be.
    FeedbackFull = "feedback_full", SERVICE_UNAVAILABLE;
    /// There is no such message to the operator.
    FeedbackNotFound = "feedback_not_found", NOT_FOUND;
    /// The report or appeal breaks a rule.
    InvalidReport = "invalid_report", BAD_REQUEST;
    /// There is no such report.
    ReportNotFound = "report_not_found", NOT_FOUND;
    /// The player has as many reports waiting as one may.
    TooManyReports = "too_many_reports", CONFLICT;
    /// As many reports wait as may.
    ReportsFull = "reports_full", SERVICE_UNAVAILABLE;
    /// The player's reports and feedback are not taken.
    Muted = "muted", FORBIDDEN;
    /// The player is neither banned nor muted.
    NothingToAppeal = "nothing_to_appeal", CONFLICT;
    /// The player has appealed already.
    AlreadyAppealed = "already_appealed", CONFLICT;
    /// The answer to a report breaks a rule.
    InvalidResolution = "invalid_resolution", BAD_REQUEST;
    /// Somebody else answered it.
    AlreadyResolved = "already_resolved", CONFLICT;
    /// The report concerns whoever wants to answer it.
    ConcernsYou = "concerns_you", FORBIDDEN;
    /// The film breaks a rule.
    InvalidTimelapse = "invalid_timelapse", BAD_REQUEST;
    /// Films are off here, or the format's encoder is not there.
    TimelapseUnavailable = "timelapse_unavailable", SERVICE_UNAVAILABLE;
    /// The player has a film queued or rendering.
    TimelapsePending = "timelapse_pending", CONFLICT;
    /// As many films wait as may.
    TimelapseQueueFull = "timelapse_queue_full", SERVICE_UNAVAILABLE;
    /// No film of that id is known.
    TimelapseNotFound = "timelapse_not_found", NOT_FOUND;
    /// The film has no file.
    TimelapseNotDone = "timelapse_not_done", CONFLICT;
    /// Somebody else asked for the film.
    TimelapseNotYours = "timelapse_not_yours", FORBIDDEN;
    /// The placement id breaks a rule.
    InvalidPlacementId = "invalid_placement_id", BAD_REQUEST;
    /// The batch has no placement.
    EmptyBatch = "empty_batch", BAD_REQUEST;
    /// The batch has more placements than allowed.
    BatchTooLarge = "batch_too_large", BAD_REQUEST;
    /// The batch names a cell twice.
    RepeatedCell = "repeated_cell", BAD_REQUEST;
    /// The player has no seat.
    NotPlaying = "not_playing", CONFLICT;
    /// A newer session of the account has the seat.
    SessionSuperseded = "session_superseded", CONFLICT;
    /// The queue for seats is full.
    QueueFull = "queue_full", SERVICE_UNAVAILABLE;
    /// No round has been opened yet.
    NoRound = "no_round", CONFLICT;
    /// The round is over.
    RoundClosed = "round_closed", CONFLICT;
    /// A moderator has locked the canvas.
    CanvasLocked = "canvas_locked", LOCKED;
    /// The player is banned.
    Banned = "banned", FORBIDDEN;
    /// The cell lies outside the canvas.
    OutOfBounds = "out_of_bounds", BAD_REQUEST;
    /// The cell is not part of the playing field.
    NotOpen = "not_open", FORBIDDEN;
    /// A moderator protects the region.
    Protected = "protected", FORBIDDEN;
    /// The colour is not in the palette.
    NotInPalette = "not_in_palette", BAD_REQUEST;
    /// The cell has the colour already.
    Unchanged = "unchanged", CONFLICT;
    /// The player has no charge left.
    CoolingDown = "cooling_down", TOO_MANY_REQUESTS;
    /// The placement to undo is not known.
    UndoUnknown = "undo_unknown", NOT_FOUND;
    /// The placement to undo is another player's.
    NotYours = "not_yours", FORBIDDEN;
    /// The time to undo is over.
    UndoTooLate = "undo_too_late", CONFLICT;
    /// Somebody has placed over the placement since.
    UndoOverwritten = "undo_overwritten", CONFLICT;
    /// The client's version lies ahead of the canvas.
    VersionAhead = "version_ahead", CONFLICT;
    /// The feed's ticket is unknown, used or expired.
    InvalidTicket = "invalid_ticket", UNAUTHORIZED;
    /// The request is no WebSocket handshake.
    UpgradeRequired = "upgrade_required", UPGRADE_REQUIRED;
    /// The page's origin may not open the feed.
    ForeignOrigin = "foreign_origin", FORBIDDEN;
    /// The server has as many connections as it takes.
    TooManyConnections = "too_many_connections", SERVICE_UNAVAILABLE;
    /// The history of cells is still being read after a start.
    HistoryNotReady = "history_not_ready", SERVICE_UNAVAILABLE;
    /// The log or the database cannot be reached; nothing is known to have been done.
    Unavailable = "unavailable", SERVICE_UNAVAILABLE;
    /// A fault of the server.
    Internal = "internal", INTERNAL_SERVER_ERROR;
}

/// An error as a client gets it.
#[derive(Debug)]
pub struct ApiError {
    code: ErrorCode,
    message: String,
    retry_after_ms: Option<u64>,
}

/// The body of every error.
#[derive(Serialize, ToSchema)]
pub struct ErrorBody {
    /// What went wrong.
    pub error: ErrorDetail,
    /// How long to wait before the same request can succeed, in milliseconds, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub retry_after_ms: Option<u64>,
}

/// What went wrong.
#[derive(Serialize, ToSchema)]
pub struct ErrorDetail {
    /// For programs: one of the codes listed in `docs/API.md`.
    pub code: &'static str,
    /// For people: what happened and what to do.
    pub message: String,
    /// Names the request in the server's log; also in the `x-request-id` header.
    pub request_id: String,
}

impl ApiError {
    /// An error with a sentence that is safe to show.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            retry_after_ms: None,
        }
    }

    /// A fault of the server or of what it stands on: the cause goes to the log, not to the client.
    pub fn fault(code: ErrorCode, cause: &(dyn std::error::Error + 'static)) -> Self {
        let chain = ErrorChain(cause).to_string();
        if code == ErrorCode::Internal {
            tracing::error!(error = chain, "request failed");
        } else {
            tracing::warn!(error = chain, code = code.as_str(), "request failed");
        }
        let message = if code == ErrorCode::Internal {
            "the server failed; the request id names it in the server's log"
        } else {
            "a part of the server cannot be reached; try again with the same id"
        };
        Self {
            retry_after_ms: (code == ErrorCode::Unavailable).then_some(RETRY_AFTER_FAULT_MS),
            ..Self::new(code, message)
        }
    }

    /// The error, with the time after which to try again.
    #[must_use]
    pub fn retry_after_ms(mut self, ms: u64) -> Self {
        self.retry_after_ms = Some(ms);
        self
    }

    /// The code.
    pub fn code(&self) -> ErrorCode {
        self.code
    }
}

/// An error with its causes, outermost first, as one line for the log.
pub struct ErrorChain<'a>(pub &'a (dyn std::error::Error + 'static));

impl std::fmt::Display for ErrorChain<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}", self.0)?;
        let mut cause = self.0.source();
        while let Some(error) = cause {
            write!(formatter, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        metrics::counter!("canvas_http_errors_total", "code" => self.code.as_str()).increment(1);
        let body = ErrorBody {
            error: ErrorDetail {
                code: self.code.as_str(),
                message: self.message,
                request_id: super::request_id::current(),
            },
            retry_after_ms: self.retry_after_ms,
        };
        let mut response = (self.code.status(), Json(body)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(ms) = self.retry_after_ms {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(ms.div_ceil(1_000)));
        }
        response
    }
}

impl ApiError {
    /// The answer to a lawful "no".
    pub fn rejected(rejection: &Rejection, now: UnixMs) -> Self {
        let error = Self::new(
            rejection_text::code(rejection),
            rejection_text::sentence(rejection),
        );
        if let Rejection::CoolingDown { ready_at } = rejection {
            return error.retry_after_ms(ready_at.ms_since(now).max(1).unsigned_abs());
        }
        error
    }
}

impl From<PlaceError> for ApiError {
    fn from(error: PlaceError) -> Self {
        match error {
            PlaceError::Rejected { rejection, at } => Self::rejected(&rejection, at),
            PlaceError::Unavailable { .. } => Self::fault(ErrorCode::Unavailable, &error),
            PlaceError::Refused { .. } => Self::fault(ErrorCode::Internal, &error),
        }
    }
}
