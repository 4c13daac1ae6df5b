//! Memory that is taken bit by bit, booked with the host, and given back all at once.

use std::alloc::{Layout, handle_alloc_error};
use std::cell::Cell;
use std::fmt;
use std::sync::Arc;

use bumpalo::{AllocErr, Bump};

use super::{MemorySource, OverLimit};

/// The least that is booked at once, and the most that is booked ahead of what is needed.
const STEP: u64 = 4 << 10;
const LONGEST_STEP: u64 = 1 << 20;
/// What the arena itself may need beside a value: the ends of a chunk, and rounding up to whole pages.
const CHUNK_EXTRA: u64 = (4 << 10) + 64;

/// Opens regions of memory, each booked against the plugin's limit `memory`. Feature `arena` of `keyway`.
///
/// It is meant for work whose need of memory others decide: a document that somebody uploads, an answer of unknown length. In a
/// region such work gets an error at the allocation that is too much (KW0660), where a `Vec` would grow until the program dies.
#[derive(Clone)]
pub struct Arena {
    memory: Arc<dyn MemorySource>,
}

/// Memory that is free again when this is dropped. Values lie one after the other, so that taking some costs a few instructions.
///
/// The compiler sees to it that nothing outlives the region. One that is kept in the plugin's own value is free when the plugin stops.
pub struct Region {
    bump: Bump,
    memory: Arc<dyn MemorySource>,
    booked: Cell<u64>,
}

impl Arena {
    /// Wraps what a host gives; hosts and tests do.
    #[must_use]
    pub fn new(memory: Arc<dyn MemorySource>) -> Self {
        Self { memory }
    }

    /// Opens a region, which takes no memory yet.
    #[must_use]
    pub fn open(&self) -> Region {
        let bump = Bump::new();
        bump.set_allocation_limit(Some(0));
        Region { bump, memory: Arc::clone(&self.memory), booked: Cell::new(0) }
    }
}

impl Region {
    /// Puts a value into the region. It is for values without a destructor, because none would run; others do not compile.
    ///
    /// # Errors
    /// When the plugin would have more memory than it may have.
    pub fn put<T>(&self, value: T) -> Result<&mut T, OverLimit> {
        const { assert!(!std::mem::needs_drop::<T>(), "a region runs no destructors: put in what needs none") };
        let mut value = Some(value);
        let mut once = || value.take().expect("it is asked for once, when there is a place for it");
        self.with_room(Layout::new::<T>(), |bump| bump.try_alloc_with(&mut once))
    }

    /// Puts a text into the region.
    ///
    /// # Errors
    /// When the plugin would have more memory than it may have.
    pub fn text(&self, text: &str) -> Result<&mut str, OverLimit> {
        self.with_room(Layout::for_value(text), |bump| bump.try_alloc_str(text))
    }

    /// Puts the values of a slice into the region.
    ///
    /// # Errors
    /// When the plugin would have more memory than it may have.
    pub fn slice<T: Copy>(&self, values: &[T]) -> Result<&mut [T], OverLimit> {
        self.with_room(Layout::for_value(values), |bump| bump.try_alloc_slice_copy(values))
    }

    /// Makes so many values in the region, each from its index. They need no destructor, as with [`put`](Self::put).
    ///
    /// # Errors
    /// When the plugin would have more memory than it may have; nothing was made then.
    ///
    /// # Panics
    /// When so many values are more than a program can address.
    pub fn fill<T>(&self, count: usize, mut make: impl FnMut(usize) -> T) -> Result<&mut [T], OverLimit> {
        const { assert!(!std::mem::needs_drop::<T>(), "a region runs no destructors: put in what needs none") };
        let layout = Layout::array::<T>(count).expect("so many values are more than a program can address");
        self.with_room(layout, |bump| bump.try_alloc_slice_fill_with(count, &mut make))
    }

    /// Lets the region take a place of this layout, and books more memory where it needs more.
    fn with_room<'r, R>(&'r self, layout: Layout, mut take: impl FnMut(&'r Bump) -> Result<R, AllocErr>) -> Result<R, OverLimit> {
        // The arena tries chunks of halving sizes, and the last that it tries may be nearly twice as large as what is needed.
        for _ in 0..3 {
            if let Ok(place) = take(&self.bump) {
                return Ok(place);
            }
            self.book(layout)?;
        }
        // More is booked than any chunk for it takes, so that only a system without memory is left to blame.
        take(&self.bump).or_else(|AllocErr| handle_alloc_error(layout))
    }

    /// Books memory for a place of this layout, and ahead for later ones as far as the limit allows it.
    fn book(&self, layout: Layout) -> Result<(), OverLimit> {
        let value = (layout.size() as u64).saturating_add(layout.align() as u64);
        // The arena rounds small chunks up to powers of two and large ones to pages.
        let rounded = if value < STEP { value.next_power_of_two() * 2 } else { value };
        let needed = rounded.saturating_add(CHUNK_EXTRA);
        let ahead = needed.max(self.booked.get().clamp(STEP, LONGEST_STEP));
        let booked = match self.memory.take(ahead) {
            Ok(()) => ahead,
            Err(_) if ahead > needed => self.memory.take(needed).map(|()| needed)?,
            Err(over) => return Err(over),
        };
        self.booked.set(self.booked.get() + booked);
        self.bump.set_allocation_limit(Some(usize::try_from(self.booked.get()).unwrap_or(usize::MAX)));
        Ok(())
    }
}

impl Region {
    /// How many bytes are booked for the region: a little more than what was put in.
    #[must_use]
    pub fn booked(&self) -> u64 {
        self.booked.get()
    }
}

impl Drop for Region {
    fn drop(&mut self) {
        // Free first, then booked to be so.
        drop(std::mem::take(&mut self.bump));
        self.memory.give_back(self.booked.get());
    }
}

impl fmt::Debug for Arena {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Arena")
    }
}

impl fmt::Debug for Region {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Region").field("booked", &self.booked).finish_non_exhaustive()
    }
}
