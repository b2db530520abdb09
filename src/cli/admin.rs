//! `pixelwars admin …`: keys, feedback, and what admins and moderators do.

use clap::{Args, Subcommand};
use event_store::UnixMs;

use super::act::{self, How, What};
use super::feedback::{self, FeedbackArgs, ForgetArgs};
use crate::auth::KeyRing;
use crate::config::Config;
use crate::moderation::AdminCode;

/// Options of `admin`.
#[derive(Args)]
pub(super) struct AdminArgs {
    #[command(subcommand)]
    action: Action,
    #[command(flatten)]
    how: How,
}

#[derive(Subcommand)]
enum Action {
    /// Sign access tokens with a new key from now on; the key before it still verifies, older ones
    /// are deleted
    RotateKey,
    /// Print a code that makes whoever gives it an admin, once
    Code,
    /// Show what people told by the feedback form, oldest first
    Feedback(FeedbackArgs),
    /// Delete feedback that was dealt with
    ForgetFeedback(ForgetArgs),
    #[command(flatten)]
    Act(What),
}

pub(super) async fn run(config: &Config, args: &AdminArgs) -> anyhow::Result<()> {
    match &args.action {
        Action::RotateKey => {
            let id = KeyRing::rotate(&config.storage.data_dir, UnixMs::now())?;
            println!("access tokens are signed with key {id} within half a minute");
            Ok(())
        }
        Action::Code => {
            let code = AdminCode::of(&config.storage.data_dir).issue()?;
            println!("{code}");
            Ok(())
        }
        Action::Feedback(args) => feedback::show(config, args).await,
        Action::ForgetFeedback(args) => feedback::forget(config, args).await,
        Action::Act(what) => act::run(config, what, &args.how).await,
    }
}
