//! Sessions over a storage that fails.

use std::sync::Arc;
use std::time::Duration;

use keyway::capability::{DataError, KeyValueSource, Pending};
use keyway::prelude::*;

use crate::session::{Limits, Session, SessionError, Sessions};

/// A storage of which every call fails.
struct Broken;

fn broken<'a, T: 'a>() -> Pending<'a, T> {
    Box::pin(async { Err(DataError::Busy) })
}

impl KeyValueSource for Broken {
    fn get(&self, _: String) -> Pending<'_, Option<Vec<u8>>> {
        broken()
    }
    fn set(&self, _: String, _: Vec<u8>, _: Option<Duration>) -> Pending<'_, ()> {
        broken()
    }
    fn delete(&self, _: String) -> Pending<'_, bool> {
        broken()
    }
    fn list(&self, _: String, _: String, _: usize) -> Pending<'_, Vec<String>> {
        broken()
    }
    fn compare_and_swap(&self, _: String, _: Option<Vec<u8>>, _: Option<Vec<u8>>) -> Pending<'_, bool> {
        broken()
    }
}

const LIMITS: Limits = Limits { idle: Duration::from_secs(60), longest: Duration::from_secs(600), per_user: 2 };

fn session() -> Session {
    Session { user: "ada".to_owned(), password: "x".to_owned(), begun: 0 }
}

#[tokio::test]
async fn a_storage_that_fails_is_an_error_and_no_visitor() {
    let sessions = Sessions::new(KeyValue::new(Arc::new(Broken)), LIMITS);
    let cookie = format!("{}.{}", "0".repeat(16), "0".repeat(64));
    assert!(matches!(sessions.find(&cookie, 0).await, Err(SessionError::Data(_))));
    assert!(matches!(sessions.begin(&session(), [0; 32], 0).await, Err(SessionError::Data(_))));
    assert!(matches!(sessions.end(&cookie).await, Err(SessionError::Data(_))));
    assert!(matches!(sessions.end_all("ada").await, Err(SessionError::Data(_))));
    assert!(matches!(sessions.find("no cookie", 0).await, Ok(None)), "this is asked of nobody");
}
