//! The tables of one plugin, within grants of `database.read` and `database.write`.

use std::sync::Arc;

use super::execute::{execute, permission, table_of};
use super::transaction::OpenTransaction;
use super::{Store, define};
use crate::capability::database::{Answer, Runner, Schema, Statement, TransactionSource};
use crate::capability::{DatabaseSource, Pending};
use crate::host::capability::Grants;

/// The tables of one plugin.
pub(in crate::host) struct ScopedTables {
    grants: Arc<Grants>,
    store: Arc<Store>,
}

impl ScopedTables {
    pub(in crate::host) const fn new(grants: Arc<Grants>, store: Arc<Store>) -> Self {
        Self { grants, store }
    }
}

impl Runner for ScopedTables {
    fn run(&self, statement: Statement) -> Pending<'_, Answer> {
        Box::pin(async move {
            self.grants.check(permission(&statement), table_of(&statement))?;
            match statement {
                Statement::Select(_) | Statement::Count(_) => {
                    let work = move |store: &Store, connection: &_| execute(store, connection, &statement, String::new);
                    self.store.read(work).await
                }
                _ => {
                    self.store
                        .write(move |store, writer| {
                            let (connection, ulids) = (&writer.connection, &mut writer.ulids);
                            execute(store, connection, &statement, || ulids.next(store.clock.now()))
                        })
                        .await
                }
            }
        })
    }
}

impl DatabaseSource for ScopedTables {
    fn define(&self, schema: Schema) -> Pending<'_, ()> {
        Box::pin(async move {
            define::check(&schema)?;
            for table in &schema.tables {
                self.grants.check("database.write", &table.name)?;
            }
            self.store.write(move |store, writer| define::define(store, writer, schema)).await
        })
    }

    fn begin(&self) -> Pending<'_, Box<dyn TransactionSource>> {
        Box::pin(async move {
            let open = OpenTransaction::begin(&self.store, &self.grants).await?;
            Ok(Box::new(open) as Box<dyn TransactionSource>)
        })
    }
}
