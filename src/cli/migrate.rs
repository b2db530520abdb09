//! `pixelwars migrate`

use super::deployment::open_players;
use crate::config::Config;

pub(super) async fn run(config: Config) -> anyhow::Result<()> {
    open_players(&config).await?;
    println!("the relational store has this version's tables");
    Ok(())
}
