//! The samples that are alive: which block, whose it is, what it stands for. And for each plugin their sum.

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::sampling::{Weight, draw, interval};

/// So many samples can be alive; `sampling` makes them rarer long before.
const CAPACITY: usize = 16_384;
const BUCKETS: usize = 8_192;
const FILTER_BITS: u32 = 17;

/// One sample.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sample {
    weight: Weight,
    plugin: u16,
}

#[derive(Clone, Copy)]
struct Entry {
    block: usize,
    sample: Sample,
    /// The index of the next one in the bucket, or of the next free one, plus 1.
    next: u16,
}

/// Entries are used from the first on, so that no more memory is touched than there were samples.
struct Table {
    /// Indices into `entries`, plus 1.
    heads: [u16; BUCKETS],
    entries: [Entry; CAPACITY],
    made: u16,
    free: u16,
}

const EMPTY: Entry = Entry { block: 0, sample: Sample { weight: Weight { bytes: 0, variance: 0 }, plugin: 0 }, next: 0 };

static TABLE: Mutex<Table> = Mutex::new(Table { heads: [0; BUCKETS], entries: [EMPTY; CAPACITY], made: 0, free: 0 });
static ALIVE: AtomicUsize = AtomicUsize::new(0);
/// A bit for each hash that a sample has. Nearly all frees are of blocks that are none, and this tells at the cost of one load.
static FILTER: [AtomicU64; 1 << (FILTER_BITS - 6)] = [const { AtomicU64::new(0) }; 1 << (FILTER_BITS - 6)];
/// By the number of the plugin. Only the pages of numbers in use are ever touched.
static SUMS: [Sum; 1 << 16] = [const { Sum::none() }; 1 << 16];
static IS_TRACKING: AtomicBool = AtomicBool::new(false);

thread_local! {
    /// Whether this thread is in here; a lock that allocates must not come back.
    static IS_BUSY: Cell<bool> = const { Cell::new(false) };
}

/// The samples of one plugin, summed up.
struct Sum {
    bytes: AtomicI64,
    peak: AtomicI64,
    variance: AtomicI64,
    /// Bytes of samples for which there was no room.
    lost: AtomicI64,
}

impl Sum {
    const fn none() -> Self {
        Self { bytes: AtomicI64::new(0), peak: AtomicI64::new(0), variance: AtomicI64::new(0), lost: AtomicI64::new(0) }
    }

    fn add(&self, weight: Weight) {
        let bytes = self.bytes.fetch_add(weight.bytes as i64, Ordering::Relaxed) + weight.bytes as i64;
        self.peak.fetch_max(bytes, Ordering::Relaxed);
        self.variance.fetch_add(weight.variance as i64, Ordering::Relaxed);
    }

    fn subtract(&self, weight: Weight) {
        self.bytes.fetch_sub(weight.bytes as i64, Ordering::Relaxed);
        self.variance.fetch_sub(weight.variance as i64, Ordering::Relaxed);
    }
}

const fn hash(block: usize) -> usize {
    // Blocks are aligned, so the lowest bits tell nothing. Neighbours share a line of the filter, as they do of the caches: a hash that
    // scatters them would push the program's own data out. The higher bits tell large blocks apart, which begin where pages do.
    ((block >> 4) ^ (block >> 19)) & ((1 << FILTER_BITS) - 1)
}

const fn bucket(hash: usize) -> usize {
    hash & (BUCKETS - 1)
}

/// What is allocated and alive for one plugin, as far as the samples tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Estimate {
    pub(super) bytes: u64,
    pub(super) peak: u64,
    /// The real number is so far away at most, with a probability of 95 %.
    pub(super) margin: u64,
}

/// What is alive for a plugin by its number; `None` in a program whose allocator is no [`TrackingAllocator`](super::TrackingAllocator).
pub(super) fn estimate(plugin: u16) -> Option<Estimate> {
    if !IS_TRACKING.load(Ordering::Relaxed) {
        return None;
    }
    let sum = &SUMS[usize::from(plugin)];
    let read = |number: &AtomicI64| u64::try_from(number.load(Ordering::Relaxed)).unwrap_or_default();
    let error = (read(&sum.variance) as f64).sqrt() * 1_024.0;
    // Where nothing was sampled there may still be something: with 95 % no more than three intervals of the sampling.
    let unseen = 3 * interval(ALIVE.load(Ordering::Relaxed));
    let margin = (2.0 * error) as u64;
    Some(Estimate { bytes: read(&sum.bytes), peak: read(&sum.peak), margin: margin.max(unseen) + read(&sum.lost) })
}

/// Takes a look at a block that was just allocated.
#[cold]
pub(super) fn consider(block: usize, size: usize, plugin: u32) {
    if block == 0 || IS_BUSY.get() {
        return;
    }
    IS_TRACKING.store(true, Ordering::Relaxed);
    let Some(weight) = draw(size, ALIVE.load(Ordering::Relaxed)) else { return };
    keep(block, Sample { weight, plugin: plugin as u16 });
}

/// Whether a block may be a sample. Allocates nothing, takes no lock.
#[inline]
pub(super) fn may_be_sample(block: usize) -> bool {
    let hash = hash(block);
    FILTER[hash >> 6].load(Ordering::Relaxed) >> (hash & 63) & 1 != 0
}

/// Puts a sample down.
pub(super) fn keep(block: usize, sample: Sample) {
    let sum = &SUMS[usize::from(sample.plugin)];
    if Busy::during(|| Table::lock().insert(block, sample)) == Some(true) {
        sum.add(sample.weight);
    } else {
        sum.lost.fetch_add(sample.weight.bytes as i64, Ordering::Relaxed);
    }
}

/// Takes a sample away, when the block is one. Called before the block is freed, while nobody else can have its address.
#[cold]
pub(super) fn take(block: usize) -> Option<Sample> {
    let sample = Busy::during(|| Table::lock().remove(block))??;
    SUMS[usize::from(sample.plugin)].subtract(sample.weight);
    Some(sample)
}

/// Marks the thread as being in here.
struct Busy;

impl Busy {
    /// Does the work, unless the thread is in here already.
    fn during<T>(work: impl FnOnce() -> T) -> Option<T> {
        if IS_BUSY.replace(true) {
            return None;
        }
        let _leave = Self;
        Some(work())
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        IS_BUSY.set(false);
    }
}

impl Table {
    fn lock() -> MutexGuard<'static, Self> {
        TABLE.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Answers whether there was room.
    fn insert(&mut self, block: usize, sample: Sample) -> bool {
        let index = if self.free != 0 {
            let index = usize::from(self.free) - 1;
            self.free = self.entries[index].next;
            index
        } else if usize::from(self.made) < CAPACITY {
            self.made += 1;
            usize::from(self.made) - 1
        } else {
            return false;
        };
        let hash = hash(block);
        let head = &mut self.heads[bucket(hash)];
        self.entries[index] = Entry { block, sample, next: *head };
        *head = index as u16 + 1;
        FILTER[hash >> 6].fetch_or(1 << (hash & 63), Ordering::Relaxed);
        ALIVE.fetch_add(1, Ordering::Relaxed);
        true
    }

    fn remove(&mut self, block: usize) -> Option<Sample> {
        let wanted = hash(block);
        let (mut before, mut at) = (None, self.heads[bucket(wanted)]);
        let (mut found, mut is_shared) = (None, false);
        while at != 0 {
            let index = usize::from(at) - 1;
            let entry = self.entries[index];
            if entry.block == block {
                found = Some((before, index));
            } else if hash(entry.block) == wanted {
                is_shared = true;
            }
            before = Some(index);
            at = entry.next;
        }
        let (before, index) = found?;
        let entry = self.entries[index];
        match before {
            Some(before) => self.entries[before].next = entry.next,
            None => self.heads[bucket(wanted)] = entry.next,
        }
        self.entries[index].next = self.free;
        self.free = index as u16 + 1;
        ALIVE.fetch_sub(1, Ordering::Relaxed);
        if !is_shared {
            FILTER[wanted >> 6].fetch_and(!(1 << (wanted & 63)), Ordering::Relaxed);
        }
        Some(entry.sample)
    }
}
