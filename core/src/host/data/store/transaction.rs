//! A transaction that a plugin holds open.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};

use super::execute::{execute, permission, table_of};
use super::{Held, Store};
use crate::capability::database::{Answer, Runner, Statement, TransactionSource};
use crate::capability::{DataError, Pending};
use crate::host::capability::Grants;

/// The connection that writes, in the hands of one transaction. Dropping it rolls back.
pub(super) struct OpenTransaction {
    store: Arc<Store>,
    grants: Arc<Grants>,
    /// Taken out when the transaction ends. The lock is only taken on threads that may block, because a statement whose future was
    /// dropped may still run there.
    held: Arc<Mutex<Option<Held>>>,
    is_ending: bool,
}

impl OpenTransaction {
    pub(super) async fn begin(store: &Arc<Store>, grants: &Arc<Grants>) -> Result<Self, DataError> {
        let mut held = store.hold().await?;
        let begin = move |store: &Store| {
            let number = store.transactions.fetch_add(1, Ordering::Relaxed) + 1;
            let writer = store.writer(&mut held)?;
            writer.connection.execute_batch("BEGIN IMMEDIATE").map_err(|error| store.failed(&error, None))?;
            store.open_transaction.store(number, Ordering::Release);
            Ok(held)
        };
        // When nobody awaits this any more, the connection is given back with an open transaction, which the next one rolls back.
        let held = Arc::new(Mutex::new(Some(store.blocking(begin).await?)));
        Ok(Self { store: Arc::clone(store), grants: Arc::clone(grants), held, is_ending: false })
    }

    async fn end(mut self, with: &'static str) -> Result<(), DataError> {
        self.is_ending = true;
        let held = Arc::clone(&self.held);
        self.store.blocking(move |store| end(store, &held, with)).await
    }
}

/// Ends a transaction with `COMMIT` or `ROLLBACK`, and lets the next writer have the connection.
fn end(store: &Store, held: &Mutex<Option<Held>>, with: &str) -> Result<(), DataError> {
    let taken = held.lock().unwrap_or_else(PoisonError::into_inner).take();
    let Some(connection) = taken.as_deref().and_then(Option::as_ref).map(|writer| &writer.connection) else {
        return Err(DataError::RolledBack);
    };
    let answer = if connection.is_autocommit() {
        Err(DataError::RolledBack)
    } else {
        connection.execute_batch(with).map_err(|error| store.failed(&error, None))
    };
    if !connection.is_autocommit() {
        // The first error is the one to tell; the next writer tries again.
        let _ = connection.execute_batch("ROLLBACK");
    }
    store.measure(connection);
    store.open_transaction.store(0, Ordering::Release);
    answer
}

impl Runner for OpenTransaction {
    fn run(&self, statement: Statement) -> Pending<'_, Answer> {
        Box::pin(async move {
            self.grants.check(permission(&statement), table_of(&statement))?;
            let held = Arc::clone(&self.held);
            let run = move |store: &Store| {
                let mut held = held.lock().unwrap_or_else(PoisonError::into_inner);
                let writer = held.as_deref_mut().and_then(Option::as_mut).ok_or(DataError::RolledBack)?;
                // SQLite ends a transaction itself after some errors, and what follows would be kept at once.
                if writer.connection.is_autocommit() {
                    return Err(DataError::RolledBack);
                }
                let ulids = &mut writer.ulids;
                execute(store, &writer.connection, &statement, || ulids.next(store.clock.now()))
            };
            self.store.blocking(run).await
        })
    }
}

impl TransactionSource for OpenTransaction {
    fn commit(self: Box<Self>) -> Pending<'static, ()> {
        Box::pin((*self).end("COMMIT"))
    }

    fn roll_back(self: Box<Self>) -> Pending<'static, ()> {
        Box::pin((*self).end("ROLLBACK"))
    }
}

impl Drop for OpenTransaction {
    fn drop(&mut self) {
        if !self.is_ending {
            let (store, held) = (Arc::clone(&self.store), Arc::clone(&self.held));
            // Where the runtime has ended, the connection is closed with the host, and the file knows nothing of the transaction.
            drop(self.store.runtime.spawn_blocking(move || end(&store, &held, "ROLLBACK")));
        }
    }
}
