//! Values under keys: the smallest thing that a plugin can keep.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::data_error::{DataError, Pending};

/// The longest key, in bytes.
pub const LONGEST_KEY: usize = 512;

/// The largest value, in bytes: 1 MiB.
pub const LARGEST_VALUE: usize = 1 << 20;

/// Keeps the values of one plugin, within its grant; the host provides it.
#[keyway::boundary]
pub trait KeyValueSource: Send + Sync {
    /// The value under a key; `None` when there is none, or when its time is over.
    fn get(&self, key: String) -> Pending<'_, Option<Vec<u8>>>;
    /// Keeps a value, for as long as `lifetime` says, in place of a former one.
    fn set(&self, key: String, value: Vec<u8>, lifetime: Option<Duration>) -> Pending<'_, ()>;
    /// Deletes what a key stands for; tells whether there was something.
    fn delete(&self, key: String) -> Pending<'_, bool>;
    /// The keys that begin with `prefix` and come after `after`, in the order of their bytes.
    fn list(&self, prefix: String, after: String, limit: usize) -> Pending<'_, Vec<String>>;
    /// Puts `new` in place of `expected`, where `None` is no value; tells whether that was what it found.
    fn compare_and_swap(&self, key: String, expected: Option<Vec<u8>>, new: Option<Vec<u8>>) -> Pending<'_, bool>;
}

/// The plugin's own key-value storage, within the keys that `storage.keys` grants. Cloning is cheap.
///
/// Every plugin has keys of its own: two plugins that write `settings` do not see each other. A key is a path such as
/// `sessions/4f1c`, at most 512 bytes long; its segments are not empty, not `.` or `..`, and hold no `:` and no `\`. A value is at most
/// 1 MiB of any bytes; for what a crate such as `serde_json` knows, keep what it writes:
///
/// ```
/// # use keyway::capability::{DataError, KeyValue};
/// # async fn example(kv: KeyValue) -> Result<(), DataError> {
/// let visits: u64 = match kv.get("visits").await? {
///     Some(bytes) => serde_json::from_slice(&bytes).unwrap_or_default(),
///     None => 0,
/// };
/// kv.set("visits", serde_json::to_vec(&(visits + 1)).expect("numbers can be written")).await?;
/// # Ok(())
/// # }
/// ```
///
/// When a call has answered, what it changed is on the disk.
#[derive(Clone)]
pub struct KeyValue(Arc<dyn KeyValueSource>);

impl KeyValue {
    /// Wraps what keeps the values: for a test of code that takes a handle, and for hosts. A plugin gets its own from
    /// [`Context::kv`](crate::Context::kv).
    #[must_use]
    pub fn new(source: Arc<dyn KeyValueSource>) -> Self {
        Self(source)
    }

    /// The value under a key; `None` when there is none, or when its time is over.
    ///
    /// # Errors
    /// See [`DataError`].
    pub async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, DataError> {
        self.0.get(key.to_owned()).await
    }

    /// Keeps a value, in place of a former one.
    ///
    /// # Errors
    /// See [`DataError`].
    pub async fn set(&self, key: &str, value: impl Into<Vec<u8>>) -> Result<(), DataError> {
        self.0.set(key.to_owned(), value.into(), None).await
    }

    /// Keeps a value for a time, by the clock of the machine. After it, the value is not found any more, and its space is used again.
    ///
    /// # Errors
    /// See [`DataError`].
    pub async fn set_for(&self, lifetime: Duration, key: &str, value: impl Into<Vec<u8>>) -> Result<(), DataError> {
        self.0.set(key.to_owned(), value.into(), Some(lifetime)).await
    }

    /// Deletes what a key stands for; tells whether there was something.
    ///
    /// # Errors
    /// See [`DataError`].
    pub async fn delete(&self, key: &str) -> Result<bool, DataError> {
        self.0.delete(key.to_owned()).await
    }

    /// At most `limit` of the keys that begin with `prefix`, in the order of their bytes. For the next ones, ask
    /// [`list_after`](Self::list_after) with the last key.
    ///
    /// # Errors
    /// See [`DataError`].
    pub async fn list(&self, prefix: &str, limit: usize) -> Result<Vec<String>, DataError> {
        self.0.list(prefix.to_owned(), String::new(), limit).await
    }

    /// Like [`list`](Self::list), beginning behind the key `after`, which need not exist.
    ///
    /// # Errors
    /// See [`DataError`].
    pub async fn list_after(&self, prefix: &str, after: &str, limit: usize) -> Result<Vec<String>, DataError> {
        self.0.list(prefix.to_owned(), after.to_owned(), limit).await
    }

    /// Puts `new` in place of `expected`, in one step, where `None` stands for no value. Tells whether `expected` was what it found;
    /// when not, nothing is changed.
    ///
    /// # Errors
    /// See [`DataError`].
    pub async fn compare_and_swap(&self, key: &str, expected: Option<&[u8]>, new: Option<&[u8]>) -> Result<bool, DataError> {
        self.0.compare_and_swap(key.to_owned(), expected.map(<[u8]>::to_vec), new.map(<[u8]>::to_vec)).await
    }
}

impl fmt::Debug for KeyValue {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("KeyValue")
    }
}
