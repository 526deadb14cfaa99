//! Leases: a pipeline is run by one process at a time (K220).

use jiff::Timestamp;

use crate::db::args;
use crate::{Refusal, Store, StoreError, micros, time};

/// The right to run something, until it runs out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// What is leased.
    pub name: String,
    /// Who has it.
    pub holder: String,
    /// Until when, unless renewed.
    pub until: Timestamp,
    /// Grows each time the lease changes hands. A holder that woke up late is told by it.
    pub fence: i64,
}

impl Store {
    /// Takes the lease when it is free or has run out.
    ///
    /// # Errors
    ///
    /// [`Refusal::Held`] says who has it and until when.
    pub async fn acquire(
        &self,
        name: &str,
        holder: &str,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Lease, StoreError> {
        let mut tx = self.db.write().await?;
        let sql = "INSERT INTO lease (name, holder, until, fence) VALUES ($1, $2, $3, 1) \
            ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until, fence = lease.fence + 1 \
            WHERE lease.until <= $4 RETURNING fence";
        let taken = tx.row(sql, args![name, holder, micros(until), micros(now)]).await?;
        if let Some(row) = taken {
            let fence = row.get(0)?;
            tx.commit().await?;
            return Ok(Lease { name: name.to_owned(), holder: holder.to_owned(), until, fence });
        }
        let row = tx.row("SELECT holder, until FROM lease WHERE name = $1", args![name]).await?;
        let row =
            row.ok_or_else(|| StoreError::damaged("a lease that is neither free nor held"))?;
        Err(Refusal::Held { name: name.to_owned(), holder: row.get(0)?, until: time(row.get(1)?)? }
            .into())
    }

    /// Keeps the lease for longer.
    ///
    /// # Errors
    ///
    /// [`Refusal::LeaseLost`] when it ran out or changed hands: stop, and send nothing more.
    pub async fn renew(
        &self,
        lease: &mut Lease,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<(), StoreError> {
        let mut tx = self.db.write().await?;
        let sql = "UPDATE lease SET until = $1 WHERE name = $2 AND holder = $3 AND fence = $4 AND until > $5";
        let args = args![micros(until), &lease.name, &lease.holder, lease.fence, micros(now)];
        if tx.execute(sql, args).await? == 0 {
            return Err(Refusal::LeaseLost { name: lease.name.clone() }.into());
        }
        tx.commit().await?;
        lease.until = until;
        Ok(())
    }

    /// Gives the lease back. One that was lost is nobody's to give: nothing happens.
    pub async fn release(&self, lease: &Lease) -> Result<(), StoreError> {
        let mut tx = self.db.write().await?;
        // The row stays, so that the fence goes on growing.
        let sql = "UPDATE lease SET until = 0 WHERE name = $1 AND holder = $2 AND fence = $3";
        tx.execute(sql, args![&lease.name, &lease.holder, lease.fence]).await?;
        tx.commit().await
    }

    /// Who has the lease now, if anybody.
    pub async fn lease(&self, name: &str, now: Timestamp) -> Result<Option<Lease>, StoreError> {
        let sql = "SELECT holder, until, fence FROM lease WHERE name = $1 AND until > $2";
        let Some(row) = self.db.read().await?.row(sql, args![name, micros(now)]).await? else {
            return Ok(None);
        };
        let until = time(row.get(1)?)?;
        Ok(Some(Lease { name: name.to_owned(), holder: row.get(0)?, until, fence: row.get(2)? }))
    }
}
