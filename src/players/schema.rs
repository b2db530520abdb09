//! The migrations, as part of the binary.

use std::borrow::Cow;

use sqlx::SqlSafeStr as _;
use sqlx::migrate::{Migration, MigrationType, Migrator};

use crate::config::DatabaseLocation;

/// A migration: its number, its description, and its SQL for SQLite and for Postgres.
type Step = (i64, &'static str, &'static str, &'static str);

macro_rules! step {
    ($version:literal, $description:literal) => {
        (
            $version,
            $description,
            include_str!(concat!(
                "../../migrations/sqlite/",
                $version,
                "_",
                $description,
                ".sql"
            )),
            include_str!(concat!(
                "../../migrations/postgres/",
                $version,
                "_",
                $description,
                ".sql"
            )),
        )
    };
}

const STEPS: &[Step] = &[
    step!(20261121080000, "create_players"),
    step!(20261121120000, "create_accounts"),
    step!(20261121130000, "create_telegram_launches"),
    step!(20261121160000, "create_feedback"),
    step!(20261121220000, "create_moderation"),
    step!(20261121231500, "create_reports"),
];

/// Every migration for the database at `location`, in order.
pub(super) fn migrator(location: &DatabaseLocation) -> Migrator {
    migrator_of(STEPS, location)
}

fn migrator_of(steps: &[Step], location: &DatabaseLocation) -> Migrator {
    let migration = |(version, description, sqlite, postgres): &Step| {
        let sql = match location {
            DatabaseLocation::Sqlite(_) => *sqlite,
            DatabaseLocation::Postgres(_) => *postgres,
        };
        let description = Cow::Borrowed(*description);
        let is_outside_transaction = false;
        Migration::new(
            *version,
            description,
            MigrationType::Simple,
            sql.into_sql_str(),
            is_outside_transaction,
        )
    };
    Migrator::with_migrations(steps.iter().map(migration).collect())
}

#[cfg(test)]
mod tests {
    use sqlx::AnyPool;

    use super::*;

    #[tokio::test]
    async fn players_of_before_accounts_are_there_after() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}/pixelwars.db", folder.path().display());
        let location = url.parse().unwrap();
        sqlx::any::install_default_drivers();
        let pool = AnyPool::connect(&format!("{url}?mode=rwc")).await.unwrap();
        migrator_of(&STEPS[..1], &location)
            .run(&pool)
            .await
            .unwrap();
        sqlx::query(
            "insert into players values (1, 'Ada', 'anonymous', 5), (2, 'x', 'imported', 6)",
        )
        .execute(&pool)
        .await
        .unwrap();
        migrator(&location).run(&pool).await.unwrap();
        let rows = "select id, name, origin, created_at from players order by id";
        let kept: Vec<(i64, String, String, i64)> =
            sqlx::query_as(rows).fetch_all(&pool).await.unwrap();
        assert_eq!(
            kept,
            [
                (1, "Ada".to_owned(), "anonymous".to_owned(), 5),
                (2, "x".to_owned(), "imported".to_owned(), 6),
            ]
        );
        // The check is still there.
        let unlawful = sqlx::query("insert into players values (3, 'x', 'elsewhere', 6)");
        assert!(unlawful.execute(&pool).await.is_err());
    }

    #[test]
    fn every_migration_file_is_part_of_the_binary() {
        let listed: Vec<String> = STEPS
            .iter()
            .map(|(version, description, ..)| format!("{version}_{description}.sql"))
            .collect();
        for database in ["sqlite", "postgres"] {
            let root = concat!(env!("CARGO_MANIFEST_DIR"), "/migrations");
            let files = std::fs::read_dir(format!("{root}/{database}")).unwrap();
            let name = |file: std::io::Result<std::fs::DirEntry>| {
                file.unwrap().file_name().into_string().unwrap()
            };
            let mut files: Vec<String> = files.map(name).collect();
            files.sort();
            assert_eq!(files, listed, "{database}");
        }
    }
}
