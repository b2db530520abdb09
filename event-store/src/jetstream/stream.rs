//! The stream of a canvas: what it must be like, and the check that it is.

use std::time::Duration;

use async_nats::jetstream::context::{CreateStreamError, GetStreamErrorKind};
use async_nats::jetstream::stream::{
    Compression, Config, DiscardPolicy, Info, RetentionPolicy, StorageType,
};
use async_nats::jetstream::{Context, ErrorCode};

use super::names::Names;
use super::options::JetStreamOptions;
use crate::{BoxError, OpenError};

/// The stream as this program creates it: nothing in it is ever dropped, changed or hidden, since
/// version = sequence and the log is the truth.
fn wanted(names: &Names, options: &JetStreamOptions) -> Config {
    Config {
        name: names.stream.clone(),
        description: Some("Events of one canvas; a sequence is a version.".to_owned()),
        subjects: names.patterns(),
        storage: StorageType::File,
        num_replicas: options.replicas,
        compression: Some(Compression::S2),
        retention: RetentionPolicy::Limits,
        discard: DiscardPolicy::New,
        max_age: Duration::ZERO,
        max_messages: -1,
        max_messages_per_subject: -1,
        max_message_size: -1,
        max_bytes: i64::try_from(options.max_bytes.get()).unwrap_or(i64::MAX),
        max_consumers: -1,
        duplicate_window: options.duplicate_window,
        deny_delete: true,
        deny_purge: true,
        allow_direct: true,
        allow_atomic_publish: true,
        ..Config::default()
    }
}

/// Creates the stream unless it is there, and verifies it.
pub(super) async fn open(
    context: &Context,
    names: &Names,
    options: &JetStreamOptions,
) -> Result<(), OpenError> {
    let unavailable = |source: BoxError| OpenError::Unavailable {
        log: names.stream.clone(),
        source,
    };
    let wanted = wanted(names, options);
    let info = match context.get_stream(&names.stream).await {
        Ok(stream) => stream.cached_info().clone(),
        Err(error) if is_absent(&error.kind()) => create(context, wanted.clone())
            .await
            .map_err(|error| unavailable(error.into()))?,
        Err(error) => return Err(unavailable(error.into())),
    };
    verify(&info, &wanted)
}

/// When another gateway creates the stream at the same moment, the server answers with its stream.
async fn create(context: &Context, wanted: Config) -> Result<Info, CreateStreamError> {
    let log = wanted.name.clone();
    let stream = context.create_stream(wanted).await?;
    tracing::info!(stream = log, "created stream {log}");
    Ok(stream.cached_info().clone())
}

fn is_absent(error: &GetStreamErrorKind) -> bool {
    matches!(error, GetStreamErrorKind::JetStream(error)
        if error.error_code() == ErrorCode::STREAM_NOT_FOUND)
}

/// Compares what matters, setting by setting, by the server's names for them.
fn verify(info: &Info, wanted: &Config) -> Result<(), OpenError> {
    let found = &info.config;
    let drift = |setting, found: String, expected: String| {
        Err(OpenError::Drift {
            log: wanted.name.clone(),
            setting,
            found,
            expected,
        })
    };
    macro_rules! equal {
        ($($setting:literal: $field:ident),+ $(,)?) => {$(
            if found.$field != wanted.$field {
                let show = |config: &Config| format!("{:?}", config.$field);
                return drift($setting, show(found), show(wanted));
            }
        )+};
    }
    equal! {
        "subjects": subjects,
        "storage": storage,
        "num_replicas": num_replicas,
        "compression": compression,
        "retention": retention,
        "discard": discard,
        "max_age": max_age,
        "max_msgs": max_messages,
        "max_msgs_per_subject": max_messages_per_subject,
        "max_msg_size": max_message_size,
        "deny_delete": deny_delete,
        "deny_purge": deny_purge,
        "allow_direct": allow_direct,
        "allow_atomic": allow_atomic_publish,
        "allow_rollup_hdrs": allow_rollup,
        "allow_msg_ttl": allow_message_ttl,
        "allow_msg_counter": allow_message_counter,
        "allow_msg_schedules": allow_message_schedules,
        "no_ack": no_ack,
        "sealed": sealed,
        "mirror": mirror,
        "sources": sources,
        "subject_transform": subject_transform,
    }
    if found.max_bytes < wanted.max_bytes {
        let expected = format!("{} or more", wanted.max_bytes);
        return drift("max_bytes", found.max_bytes.to_string(), expected);
    }
    if found.duplicate_window < wanted.duplicate_window {
        let expected = format!("{:?} or more", wanted.duplicate_window);
        return drift(
            "duplicate_window",
            format!("{:?}", found.duplicate_window),
            expected,
        );
    }
    if info.state.first_sequence > 1 {
        return drift(
            "first_seq",
            info.state.first_sequence.to_string(),
            "1".to_owned(),
        );
    }
    Ok(())
}
