//! What a plugin may use at most, as its manifest says.

/// Limits that a plugin sets itself. A host takes the stricter of these and its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Limits {
    /// Memory in bytes.
    pub memory_bytes: Option<u64>,
    /// Time for one call, in milliseconds.
    pub call_millis: Option<u64>,
    /// Time for `init` and `start` together, in milliseconds.
    pub start_millis: Option<u64>,
    /// Time for `stop`, in milliseconds.
    pub stop_millis: Option<u64>,
    /// Calls at the same time.
    pub concurrent_calls: Option<u32>,
    /// Stored bytes.
    pub storage_bytes: Option<u64>,
    /// Tasks that run at the same time.
    pub tasks: Option<u32>,
    /// Files that are open at the same time.
    pub open_files: Option<u32>,
    /// Events that wait in one queue.
    pub queued_events: Option<u32>,
}

impl Limits {
    /// No limits of its own.
    pub const NONE: Self = Self {
        memory_bytes: None,
        call_millis: None,
        start_millis: None,
        stop_millis: None,
        concurrent_calls: None,
        storage_bytes: None,
        tasks: None,
        open_files: None,
        queued_events: None,
    };

    /// All of them, in the order of the guide, whether they are set or not.
    #[must_use]
    pub const fn all(&self) -> [Limit; 9] {
        let Self {
            memory_bytes,
            call_millis,
            start_millis,
            stop_millis,
            concurrent_calls,
            storage_bytes,
            tasks,
            open_files,
            queued_events,
        } = *self;
        [
            Limit { key: "memory", field: "memory_bytes", unit: LimitUnit::Bytes, value: memory_bytes },
            Limit { key: "call", field: "call_millis", unit: LimitUnit::Millis, value: call_millis },
            Limit { key: "start", field: "start_millis", unit: LimitUnit::Millis, value: start_millis },
            Limit { key: "stop", field: "stop_millis", unit: LimitUnit::Millis, value: stop_millis },
            Limit::count("concurrent-calls", "concurrent_calls", concurrent_calls),
            Limit { key: "storage", field: "storage_bytes", unit: LimitUnit::Bytes, value: storage_bytes },
            Limit::count("tasks", "tasks", tasks),
            Limit::count("open-files", "open_files", open_files),
            Limit::count("queued-events", "queued_events", queued_events),
        ]
    }
}

/// One of a plugin's limits, for those who list them: see [`Limits::all`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// Its key in `[limits]` of a manifest.
    pub key: &'static str,
    /// Its field in [`Limits`].
    pub field: &'static str,
    /// What is counted.
    pub unit: LimitUnit,
    /// The limit; `None` when it is not set.
    pub value: Option<u64>,
}

/// What a limit counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LimitUnit {
    /// Bytes.
    Bytes,
    /// Milliseconds.
    Millis,
    /// Things.
    Count,
}

impl Limit {
    const fn count(key: &'static str, field: &'static str, value: Option<u32>) -> Self {
        let value = match value {
            Some(value) => Some(value as u64),
            None => None,
        };
        Self { key, field, unit: LimitUnit::Count, value }
    }
}
