//! Links: what is remembered of each object at a receiver; and what falls due on a day.

use roster::{Date, Key};
use state::{Kind, Link, LinkState, Links, Maker, ObjectRef};

use crate::db::{Arg, Row, args};
use crate::{Store, StoreError, day, pack, unpack};

/// An object at a receiver, and the schools it belongs to, so that a removal has them too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkRow {
    /// Which object.
    pub object: ObjectRef,
    /// What is remembered of it.
    pub link: Link,
    /// Its schools.
    pub schools: Vec<Key>,
}

/// Something that happens by itself on a day.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct DueRow {
    /// On which day.
    pub on: Date,
    /// To which object.
    pub object: ObjectRef,
    /// What: the word of a verb.
    pub what: String,
}

fn state_word(state: LinkState) -> &'static str {
    match state {
        LinkState::Active => "active",
        LinkState::Ended => "ended",
        LinkState::Suspended => "suspended",
        LinkState::Archived => "archived",
    }
}

fn state_from(word: &str) -> Result<LinkState, StoreError> {
    match word {
        "active" => Ok(LinkState::Active),
        "ended" => Ok(LinkState::Ended),
        "suspended" => Ok(LinkState::Suspended),
        // A deleted object has no state of its own: only its marker is left.
        "archived" | "deleted" => Ok(LinkState::Archived),
        _ => Err(StoreError::damaged("an unknown state of a link")),
    }
}

fn maker_word(maker: Maker) -> &'static str {
    match maker {
        Maker::Us => "us",
        Maker::Linked => "linked",
    }
}

fn maker_from(word: &str) -> Result<Maker, StoreError> {
    match word {
        "us" => Ok(Maker::Us),
        "linked" => Ok(Maker::Linked),
        _ => Err(StoreError::damaged("an unknown maker of a link")),
    }
}

fn object(kind: i64, key: [u8; 16]) -> Result<ObjectRef, StoreError> {
    let kind = u8::try_from(kind).map_err(|_| StoreError::damaged("a kind out of range"))?;
    Ok(ObjectRef { kind: Kind(kind), key: Key::from_bytes(key) })
}

impl LinkRow {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        let link = Link {
            published: Key::from_bytes(row.bytes(2)?),
            receiver_id: row.get(3)?,
            state: state_from(row.get(5)?)?,
            since: row.get::<Option<&str>>(6)?.map(day).transpose()?,
            maker: maker_from(row.get(7)?)?,
        };
        Ok(Self {
            object: object(row.get(0)?, row.bytes(1)?)?,
            link,
            schools: unpack(row.get(4)?)?,
        })
    }

    fn args<'a>(&'a self, target: &'a str) -> [Arg<'a>; 9] {
        let Self { object, link, schools } = self;
        [
            target.into(),
            i64::from(object.kind.0).into(),
            object.key.as_bytes().into(),
            link.published.as_bytes().into(),
            (&link.receiver_id).into(),
            pack(schools).into(),
            state_word(link.state).into(),
            link.since.map(|since| since.to_string()).into(),
            maker_word(link.maker).into(),
        ]
    }
}

const WIDTH: usize = 9;
const UPSERT: &str = "ON CONFLICT (target, kind, key) DO UPDATE SET published = excluded.published, \
    receiver_id = excluded.receiver_id, schools = excluded.schools, state = excluded.state, \
    since = excluded.since, maker = excluded.maker \
    WHERE (link.published, link.receiver_id, link.schools, link.state, link.since, link.maker) IS DISTINCT FROM \
    (excluded.published, excluded.receiver_id, excluded.schools, excluded.state, excluded.since, excluded.maker)";

impl Store {
    /// Remembers objects at a receiver, in one transaction; returns how many were news.
    ///
    /// # Cost
    ///
    /// Each row is looked up, changed or not: pass those that a run created or changed.
    pub async fn put_links(&self, target: &str, rows: &[LinkRow]) -> Result<u64, StoreError> {
        let mut tx = self.db.write().await?;
        let head = "INSERT INTO link (target, kind, key, published, receiver_id, schools, state, since, maker)";
        let mut news = 0;
        for batch in rows.chunks(crate::db::ROWS) {
            let args: Vec<Arg<'_>> = batch.iter().flat_map(|row| row.args(target)).collect();
            news += tx.insert(head, WIDTH, UPSERT, &args).await?;
        }
        tx.commit().await?;
        Ok(news)
    }

    /// Notes that objects are gone at the receiver. A marker, which says no more than which
    /// object and when, stays for six months (K156).
    pub async fn mark_deleted(
        &self,
        target: &str,
        objects: &[ObjectRef],
        on: Date,
    ) -> Result<(), StoreError> {
        let on = on.to_string();
        let mut tx = self.db.write().await?;
        let head = "INSERT INTO link (target, kind, key, published, receiver_id, schools, state, since, maker)";
        let tail = "ON CONFLICT (target, kind, key) DO UPDATE SET receiver_id = NULL, \
            schools = excluded.schools, state = excluded.state, since = excluded.since";
        for batch in objects.chunks(crate::db::ROWS) {
            let marker = |object: &ObjectRef| -> [Arg<'_>; WIDTH] {
                let key = Arg::Bytes(Some(object.key.as_bytes().to_vec().into()));
                let published = Arg::Bytes(Some(object.key.as_bytes().to_vec().into()));
                let (kind, none) = (i64::from(object.kind.0).into(), Arg::Text(None));
                let schools = Vec::new().into();
                let (state, since) = ("deleted".into(), Arg::from(&on));
                [target.into(), kind, key, published, none, schools, state, since, "us".into()]
            };
            let args: Vec<Arg<'_>> = batch.iter().flat_map(marker).collect();
            tx.insert(head, WIDTH, tail, &args).await?;
        }
        tx.commit().await
    }

    /// The links that say more than "active, made by us, published under its own key".
    ///
    /// # Cost
    ///
    /// Grows with the exceptions, not with the objects: a partial index holds just these.
    pub async fn links(&self, target: &str) -> Result<Links, StoreError> {
        let mut links = Vec::new();
        self.each_exception(target, |row| {
            links.push((row.object, row.link));
            Ok(())
        })
        .await?;
        Ok(Links(links.into_iter().collect()))
    }

    /// As [`Self::links`], with the schools.
    pub async fn link_exceptions(&self, target: &str) -> Result<Vec<LinkRow>, StoreError> {
        let mut rows = Vec::new();
        self.each_exception(target, |row| {
            rows.push(row);
            Ok(())
        })
        .await?;
        Ok(rows)
    }

    async fn each_exception(
        &self,
        target: &str,
        mut take: impl FnMut(LinkRow) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let tail = "WHERE target = $1 AND state <> 'deleted' AND (published <> key OR state <> 'active' \
            OR maker <> 'us' OR receiver_id IS NOT NULL) ORDER BY kind, key";
        let mut tx = self.db.read().await?;
        tx.each(select(tail), args![target], |row| take(LinkRow::from_row(&row)?)).await
    }

    /// What is remembered of one object; `None` for an unknown or deleted one.
    pub async fn link(
        &self,
        target: &str,
        object: ObjectRef,
    ) -> Result<Option<LinkRow>, StoreError> {
        let sql = select("WHERE target = $1 AND kind = $2 AND key = $3 AND state <> 'deleted'");
        let args = args![target, i64::from(object.kind.0), object.key.as_bytes()];
        self.db.read().await?.row(sql, args).await?.map(|row| LinkRow::from_row(&row)).transpose()
    }

    /// The objects that we deleted and still have a marker of.
    pub async fn deleted_links(&self, target: &str) -> Result<Vec<LinkRow>, StoreError> {
        let sql = select("WHERE target = $1 AND state = 'deleted' ORDER BY kind, key");
        self.db
            .read()
            .await?
            .rows(sql, args![target])
            .await?
            .iter()
            .map(LinkRow::from_row)
            .collect()
    }

    /// How many objects are remembered at the receiver, deleted ones left out.
    pub async fn count_links(&self, target: &str) -> Result<u64, StoreError> {
        let sql = "SELECT COUNT(*) FROM link WHERE target = $1 AND state <> 'deleted'";
        let row = self.db.read().await?.row(sql, args![target]).await?;
        let count: i64 = row.map_or(Ok(0), |row| row.get(0))?;
        Ok(count.unsigned_abs())
    }

    /// Forgets links altogether, as if there had never been any.
    pub async fn forget_links(
        &self,
        target: &str,
        objects: &[ObjectRef],
    ) -> Result<(), StoreError> {
        let mut tx = self.db.write().await?;
        for object in objects {
            let args = args![target, i64::from(object.kind.0), object.key.as_bytes()];
            tx.execute("DELETE FROM link WHERE target = $1 AND kind = $2 AND key = $3", args)
                .await?;
        }
        tx.commit().await
    }

    /// Notes what falls due when. An object has one day for each thing: a later call moves it.
    pub async fn put_due(&self, target: &str, rows: &[DueRow]) -> Result<(), StoreError> {
        let mut args: Vec<Arg<'_>> = Vec::with_capacity(rows.len() * 5);
        for DueRow { on, object, what } in rows {
            let key = object.key.as_bytes();
            args.extend([
                target.into(),
                i64::from(object.kind.0).into(),
                key.into(),
                what.into(),
                on.to_string().into(),
            ]);
        }
        let mut tx = self.db.write().await?;
        let head = "INSERT INTO due (target, kind, key, what, on_date)";
        let tail = "ON CONFLICT (target, kind, key, what) DO UPDATE SET on_date = excluded.on_date";
        tx.insert(head, 5, tail, &args).await?;
        tx.commit().await
    }

    /// Takes back what was to happen.
    pub async fn cancel_due(&self, target: &str, rows: &[DueRow]) -> Result<(), StoreError> {
        let mut tx = self.db.write().await?;
        let sql = "DELETE FROM due WHERE target = $1 AND kind = $2 AND key = $3 AND what = $4";
        for DueRow { on: _, object, what } in rows {
            tx.execute(sql, args![target, i64::from(object.kind.0), object.key.as_bytes(), what])
                .await?;
        }
        tx.commit().await
    }

    /// What falls due on `today` or did before.
    pub async fn due(&self, target: &str, today: Date) -> Result<Vec<DueRow>, StoreError> {
        let sql = "SELECT kind, key, what, on_date FROM due WHERE target = $1 AND on_date <= $2 \
            ORDER BY on_date, kind, key, what";
        let rows = self.db.read().await?.rows(sql, args![target, today.to_string()]).await?;
        let due = |row: &Row| {
            let object = object(row.get(0)?, row.bytes(1)?)?;
            Ok(DueRow { on: day(row.get(3)?)?, object, what: row.get(2)? })
        };
        rows.iter().map(due).collect()
    }
}

/// Constants only: no data becomes part of a statement.
fn select(tail: &'static str) -> sqlx::AssertSqlSafe<String> {
    let columns = "kind, key, published, receiver_id, schools, state, since, maker";
    sqlx::AssertSqlSafe(format!("SELECT {columns} FROM link {tail}"))
}
