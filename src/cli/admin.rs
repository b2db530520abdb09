//! `pixelwars admin rotate-key|feedback|forget-feedback`

use clap::{Args, Subcommand};
use event_store::UnixMs;

use super::feedback::{self, FeedbackArgs, ForgetArgs};
use crate::auth::KeyRing;
use crate::config::Config;

/// Options of `admin`.
#[derive(Args)]
pub(super) struct AdminArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Sign access tokens with a new key from now on; the key before it still verifies, older ones
    /// are deleted
    RotateKey,
    /// Show what people told by the feedback form, oldest first
    Feedback(FeedbackArgs),
    /// Delete feedback that was dealt with
    ForgetFeedback(ForgetArgs),
}

pub(super) async fn run(config: &Config, args: &AdminArgs) -> anyhow::Result<()> {
    match &args.action {
        Action::RotateKey => {
            let id = KeyRing::rotate(&config.storage.data_dir, UnixMs::now())?;
            println!("access tokens are signed with key {id} within half a minute");
            Ok(())
        }
        Action::Feedback(args) => feedback::show(config, args).await,
        Action::ForgetFeedback(args) => feedback::forget(config, args).await,
    }
}
