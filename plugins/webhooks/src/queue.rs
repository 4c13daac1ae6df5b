//! What is still to be sent, and how the endpoints are doing: two tables of the plugin's own.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use keyway::capability::database::Operator::{Eq, Less, LessEq};
use keyway::capability::database::Order::{Asc, Desc};
use keyway::capability::database::{Schema, Table};
use keyway::capability::{DataError, Database, DatabaseMut};
use keyway::{Context, Error};
use serde::Deserialize;

use crate::Webhooks;

const DELIVERIES: &str = "deliveries";
const ENDPOINTS: &str = "endpoints";
const WAITING: &str = "waiting";
const DEAD: &str = "dead";
/// What was given up is kept so long.
const KEPT: Duration = Duration::from_secs(30 * 24 * 3600);

/// One event on its way to one endpoint.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Delivery {
    pub(crate) id: String,
    pub(crate) endpoint: String,
    /// What the receiver knows it by, the same in each attempt.
    pub(crate) message: String,
    pub(crate) topic: String,
    pub(crate) body: String,
    pub(crate) attempts: u32,
    /// What went wrong last.
    pub(crate) problem: Option<String>,
    due: i64,
}

/// How an endpoint is doing.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct Health {
    /// Since when every attempt has failed.
    pub(crate) failing_since: Option<i64>,
    pub(crate) is_off: bool,
    pub(crate) problem: Option<String>,
}

impl Delivery {
    pub(crate) fn due(&self) -> SystemTime {
        from_millis(self.due)
    }
}

/// A time as it stands in a row.
pub(crate) fn from_millis(millis: i64) -> SystemTime {
    UNIX_EPOCH + Duration::from_millis(millis.max(0).unsigned_abs())
}

/// The tables.
#[derive(Debug)]
pub(crate) struct Queue {
    read: Database,
    write: DatabaseMut,
}

impl Queue {
    pub(crate) async fn open(ctx: &Context<Webhooks>) -> Result<Self, Error> {
        let (read, write) = (ctx.database()?, ctx.database_mut()?);
        let deliveries = Table::new(DELIVERIES)
            .text("endpoint")
            .required()
            .indexed()
            .text("message")
            .required()
            .text("topic")
            .required()
            .text("body")
            .required()
            .text("state")
            .required()
            .one_of(&[WAITING, DEAD])
            .integer("attempts")
            .required()
            .default(0)
            .timestamp("due")
            .required()
            .indexed()
            .text("problem");
        let endpoints = Table::new(ENDPOINTS)
            .text("name")
            .required()
            .unique()
            .timestamp("failing_since")
            .boolean("is_off")
            .required()
            .default(false)
            .text("problem");
        write.define(Schema::new().table(deliveries).table(endpoints)).await.map_err(Error::new)?;
        Ok(Self { read, write })
    }

    /// Adds a message for some endpoints, for all or for none.
    pub(crate) async fn add(
        &self,
        endpoints: &[&str],
        message: &str,
        topic: &str,
        body: &str,
        now: SystemTime,
    ) -> Result<(), DataError> {
        let transaction = self.write.begin().await?;
        for endpoint in endpoints {
            let row = transaction.insert(DELIVERIES).set("endpoint", *endpoint).set("message", message).set("topic", topic);
            row.set("body", body).set("state", WAITING).set("due", now).run().await?;
        }
        transaction.commit().await
    }

    /// What is to be sent to an endpoint next, whether it is due or not.
    pub(crate) async fn next(&self, endpoint: &str) -> Result<Option<Delivery>, Error> {
        let rows = self.read.select(DELIVERIES).where_("endpoint", Eq, endpoint).where_("state", Eq, WAITING);
        let first = rows.order("due", Asc).first().await.map_err(Error::new)?;
        first.map(keyway::capability::database::Row::deserialize).transpose()
    }

    /// A delivery has arrived.
    pub(crate) async fn done(&self, delivery: &Delivery) -> Result<(), DataError> {
        self.write.delete(DELIVERIES).where_("id", Eq, &delivery.id).run().await.map(drop)
    }

    /// A delivery has failed and is due again at some time; at none, it is given up.
    pub(crate) async fn failed(
        &self,
        delivery: &Delivery,
        problem: &str,
        again: Option<SystemTime>,
        now: SystemTime,
    ) -> Result<(), DataError> {
        let attempts = i64::from(delivery.attempts) + 1;
        let row = self.write.update(DELIVERIES).set("attempts", attempts).set("problem", problem);
        let row = row.set("state", if again.is_some() { WAITING } else { DEAD }).set("due", again.unwrap_or(now));
        row.where_("id", Eq, &delivery.id).run().await?;
        if again.is_none() {
            let long_ago = now.checked_sub(KEPT).unwrap_or(UNIX_EPOCH);
            self.write.delete(DELIVERIES).where_("state", Eq, DEAD).where_("due", Less, long_ago).run().await?;
        }
        Ok(())
    }

    /// The newest deliveries that were given up.
    pub(crate) async fn dead(&self, limit: u32) -> Result<Vec<Delivery>, Error> {
        let rows = self.read.select(DELIVERIES).where_("state", Eq, DEAD).order("due", Desc).limit(limit).rows().await;
        rows.map_err(Error::new)?.deserialize()
    }

    /// Has deliveries that were given up tried again from the beginning.
    pub(crate) async fn retry(&self, ids: &[String], now: SystemTime) -> Result<(), DataError> {
        let rows = self.write.update(DELIVERIES).set("state", WAITING).set("attempts", 0).set("due", now);
        rows.where_in("id", ids).where_("state", Eq, DEAD).run().await.map(drop)
    }

    /// Deletes deliveries that were given up.
    pub(crate) async fn forget(&self, ids: &[String]) -> Result<(), DataError> {
        self.write.delete(DELIVERIES).where_in("id", ids).where_("state", Eq, DEAD).run().await.map(drop)
    }

    /// How many messages wait for an endpoint, and how many of them are due.
    pub(crate) async fn waiting(&self, endpoint: &str, now: SystemTime) -> Result<(u64, u64), DataError> {
        let waiting = || self.read.select(DELIVERIES).where_("endpoint", Eq, endpoint).where_("state", Eq, WAITING);
        Ok((waiting().count().await?, waiting().where_("due", LessEq, now).count().await?))
    }

    /// How an endpoint is doing.
    pub(crate) async fn health(&self, endpoint: &str) -> Result<Health, Error> {
        let row = self.read.select(ENDPOINTS).where_("name", Eq, endpoint).first().await.map_err(Error::new)?;
        row.map_or_else(|| Ok(Health::default()), keyway::capability::database::Row::deserialize)
    }

    /// Keeps how an endpoint is doing.
    pub(crate) async fn set_health(&self, endpoint: &str, health: &Health) -> Result<(), DataError> {
        let (since, problem) = (health.failing_since.map(from_millis), health.problem.as_deref());
        let row = self.write.update(ENDPOINTS).set("failing_since", since).set("is_off", health.is_off).set("problem", problem);
        if row.where_("name", Eq, endpoint).run().await? == 0 {
            let row = self.write.insert(ENDPOINTS).set("name", endpoint).set("failing_since", since);
            row.set("is_off", health.is_off).set("problem", problem).run().await?;
        }
        Ok(())
    }
}
