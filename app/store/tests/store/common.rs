//! A store on each engine, and the few values that tests are full of.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use jiff::Timestamp;
use roster::{Date, Key, Mac};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, Row as _, SqliteConnection};
use state::{Kind, ObjectRef};
use store::{Server, Store, StoreError};

/// Makes a test for each engine from one body, which takes the store's [`Place`].
macro_rules! on_both {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {
        mod sqlite {
            $($(#[$doc])* #[tokio::test] async fn $name() -> $crate::common::Done {
                super::$name(&$crate::common::Place::file()).await
            })+
        }
        mod postgres {
            $($(#[$doc])* #[tokio::test] async fn $name() -> $crate::common::Done {
                let Some(place) = $crate::common::Place::schema() else { return Ok(()) };
                let done = super::$name(&place).await;
                place.open().await?.purge_tenant().await?;
                done
            })+
        }
    };
}
pub(crate) use on_both;

pub(crate) type Done = Result<(), Box<dyn std::error::Error>>;

static NUMBER: AtomicU32 = AtomicU32::new(0);

/// Where a test's store is.
pub(crate) enum Place {
    File(tempfile::TempDir),
    Schema { url: String, name: String },
}

impl Place {
    pub(crate) fn file() -> Self {
        Self::File(tempfile::tempdir().expect("a folder for the test"))
    }

    pub(crate) fn schema() -> Option<Self> {
        #[expect(clippy::disallowed_methods, reason = "where the test server is")]
        let Ok(url) = std::env::var("SKOLBRO_TEST_POSTGRES") else {
            println!("skipped: SKOLBRO_TEST_POSTGRES is not set");
            return None;
        };
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        Some(Self::Schema { url, name: format!("test_{}_{number}", std::process::id()) })
    }

    pub(crate) fn path(&self) -> Option<PathBuf> {
        match self {
            Self::File(folder) => Some(folder.path().join("tenant.db")),
            Self::Schema { .. } => None,
        }
    }

    pub(crate) async fn open(&self) -> Result<Store, StoreError> {
        match self {
            Self::File(folder) => Store::open_file(&folder.path().join("tenant.db")).await,
            Self::Schema { url, name } => Server::new(url, 3)?.open_tenant(name).await,
        }
    }

    /// Behind the store's back: the first column of every row, as text.
    pub(crate) async fn sql(&self, sql: &str) -> Result<Vec<String>, sqlx::Error> {
        let sql = AssertSqlSafe(sql.to_owned());
        match self {
            Self::File(folder) => {
                let path = folder.path().join("tenant.db");
                let mut db =
                    SqliteConnection::connect(&format!("sqlite:{}", path.display())).await?;
                let rows = sqlx::query(sql).fetch_all(&mut db).await?;
                db.close().await?;
                Ok(rows.iter().map(|row| row.get(0)).collect())
            }
            Self::Schema { url, name } => {
                let mut db = PgConnection::connect(url).await?;
                sqlx::raw_sql(AssertSqlSafe(format!("SET search_path TO {name}")))
                    .execute(&mut db)
                    .await?;
                let rows = sqlx::query(sql).fetch_all(&mut db).await?;
                Ok(rows.iter().map(|row| row.get(0)).collect())
            }
        }
    }
}

/// Seconds after a moment in November 2026.
pub(crate) fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_795_000_000 + second).expect("a time of this century")
}

pub(crate) fn date(text: &str) -> Date {
    text.parse().expect("a date")
}

pub(crate) fn key(number: u8) -> Key {
    Key::from_bytes([number; 16])
}

pub(crate) fn mac(number: u8) -> Mac {
    Mac::from_bytes([number; 16])
}

pub(crate) fn object(kind: u8, number: u8) -> ObjectRef {
    ObjectRef { kind: Kind(kind), key: key(number) }
}
