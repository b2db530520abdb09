//! `pixelwars migrate`

use crate::config::Config;
use crate::deployment::open_players;

pub(super) async fn run(config: Config) -> anyhow::Result<()> {
    open_players(&config).await?;
    println!("the relational store has this version's tables");
    Ok(())
}
