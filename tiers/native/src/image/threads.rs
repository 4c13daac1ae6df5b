//! Which threads are in an image: those that it began, and those whose stacks lead into it.
//!
//! Everything is read from `/proc/self`, so that no thread is stopped or disturbed: where a thread waits says
//! `task/N/syscall`, and its stack is read through `mem`. A word of a stack that points behind a call in the image's code is a call that will
//! return there, or the remains of one that has: a stack is not cleaned. So a thread can be counted that has left the image, and none is
//! forgotten that is in it.

use std::fmt;
use std::fs;
use std::io;
use std::time::Duration;

use super::Image;
use super::map::{self, Mapping, Memory};

/// A thread that is in an image, or may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftThread {
    /// The number that the system has for it.
    pub id: u32,
    /// Its name, of at most 15 bytes.
    pub name: String,
    /// What it has to do with the image.
    pub presence: Presence,
}

/// What a thread has to do with an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// The image began it, and it has not ended. Told on x86-64 with glibc; elsewhere, and with tools that begin threads themselves, such a thread is
    /// one that has called the image.
    Begun,
    /// It has called the image. The call runs still, or has left its traces on the stack.
    Called,
}

/// The threads that are in an image, or may be.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Threads {
    /// Those that were found, by number.
    pub found: Vec<LeftThread>,
    /// How many could not be looked at because they ran all the time.
    pub unseen: usize,
}

impl Threads {
    /// Whether no thread can be in the image.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.found.is_empty() && self.unseen == 0
    }

    /// Those that the image began and left behind.
    pub fn begun(&self) -> impl Iterator<Item = &LeftThread> {
        self.found.iter().filter(|thread| thread.presence == Presence::Begun)
    }
}

impl fmt::Display for Threads {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let begun: Vec<_> = self.begun().map(|thread| format!("`{}` ({})", thread.name, thread.id)).collect();
        let called = self.found.len() - begun.len();
        let mut parts = Vec::new();
        match begun.len() {
            0 => {}
            1 => parts.push(format!("a thread that it began runs still: {}", begun[0])),
            count => parts.push(format!("{count} threads that it began run still: {}", begun.join(", "))),
        }
        match called {
            0 => {}
            1 => parts.push("one thread that called it has traces of that on its stack".to_owned()),
            _ => parts.push(format!("{called} threads that called it have traces of that on their stacks")),
        }
        match self.unseen {
            0 => {}
            1 => parts.push("one thread ran all the time and could not be looked at".to_owned()),
            unseen => parts.push(format!("{unseen} threads ran all the time and could not be looked at")),
        }
        formatter.write_str(if parts.is_empty() { "no thread is in it" } else { "" })?;
        formatter.write_str(&parts.join("; "))
    }
}

/// How often a thread that runs is looked at again, and after which time.
const ATTEMPTS: usize = 50;
const PAUSE: Duration = Duration::from_millis(2);

impl Image {
    /// The threads of this process that are in this image, the calling one left out.
    ///
    /// Takes about 20 µs for each thread, and up to 100 ms when threads run all the time.
    ///
    /// # Errors
    /// `/proc/self` cannot be read, or the system does not have it.
    pub fn threads(&self) -> io::Result<Threads> {
        let memory = Memory::of_this_process()?;
        let map = map::read()?;
        let look = Look { image: self, map: &map, memory: &memory };
        let this = this_thread()?;
        let mut waiting = Vec::new();
        for entry in fs::read_dir("/proc/self/task")? {
            let id = entry?.file_name().to_str().and_then(|name| name.parse::<u32>().ok());
            waiting.extend(id.filter(|id| *id != this));
        }
        let mut threads = Threads::default();
        for attempt in 0..ATTEMPTS {
            if attempt > 0 {
                std::thread::sleep(PAUSE);
            }
            waiting.retain(|id| match look.at(*id) {
                Seen::Runs => true,
                Seen::Ended | Seen::Elsewhere => false,
                Seen::Here(presence) => {
                    let name = fs::read_to_string(format!("/proc/self/task/{id}/comm")).unwrap_or_default();
                    threads.found.push(LeftThread { id: *id, name: name.trim_end().to_owned(), presence });
                    false
                }
            });
            if waiting.is_empty() {
                break;
            }
        }
        threads.unseen = waiting.len();
        threads.found.sort_by_key(|thread| thread.id);
        Ok(threads)
    }
}

/// What a look at a thread shows.
enum Seen {
    /// It runs on a processor: where it is cannot be told.
    Runs,
    Ended,
    Elsewhere,
    Here(Presence),
}

/// What a look at a thread takes.
struct Look<'a> {
    image: &'a Image,
    map: &'a [Mapping],
    memory: &'a Memory,
}

impl Look<'_> {
    fn at(&self, id: u32) -> Seen {
        // `running`, or the call and its six arguments, the stack pointer and the instruction pointer.
        let Ok(text) = fs::read_to_string(format!("/proc/self/task/{id}/syscall")) else { return Seen::Ended };
        let Some((stack, instruction)) = waits_at(&text) else { return Seen::Runs };
        // A stack that was made after the map was read belongs to a thread that was begun since: it is looked at as if it ran.
        let Some(mapping) = self.map.iter().find(|mapping| mapping.range.contains(&stack)) else { return Seen::Runs };
        let Ok(words) = self.memory.words(stack..mapping.range.end) else { return Seen::Runs };
        if self.image.is_code(instruction) || words.iter().any(|word| self.is_behind_a_call(*word)) {
            return Seen::Here(if self.began(stack, &words) { Presence::Begun } else { Presence::Called });
        }
        if self.began(stack, &words) { Seen::Here(Presence::Begun) } else { Seen::Elsewhere }
    }

    /// Whether an address is one that a call in the image's code returns to.
    fn is_behind_a_call(&self, address: usize) -> bool {
        const LONGEST: usize = 7;
        if !self.image.is_code(address) {
            return false;
        }
        let mut before = [0; LONGEST];
        let start = address.wrapping_sub(LONGEST);
        // At the very beginning of the code there is no call before it.
        self.image.is_code(start) && self.memory.fill(&mut before, start).is_ok() && ends_with_a_call(before)
    }

    /// Whether the image began the thread that has this stack: the C library keeps the function that a thread was begun with in a block at the
    /// end of its stack, which holds its own address twice.
    fn began(&self, stack: usize, words: &[usize]) -> bool {
        /// More than the block of glibc 2.36 takes (2,304 bytes).
        const BLOCK: usize = 4096 / size_of::<usize>();
        let first = stack.next_multiple_of(size_of::<usize>());
        let own = words.iter().enumerate().find(|(index, word)| {
            let address = first + index * size_of::<usize>();
            **word == address && words.get(index + 2) == Some(&address)
        });
        let Some((index, _)) = own else { return false };
        words[index..].iter().take(BLOCK).any(|word| self.image.is_code(*word))
    }
}

/// Where a thread waits: its stack pointer and its instruction pointer; `None` if it runs.
fn waits_at(text: &str) -> Option<(usize, usize)> {
    let mut last = text.split_ascii_whitespace().rev().map(|word| usize::from_str_radix(word.strip_prefix("0x")?, 16).ok());
    let instruction = last.next()??;
    let stack = last.next()??;
    Some((stack, instruction))
}

/// Whether these bytes end with an instruction that calls.
#[cfg(target_arch = "x86_64")]
fn ends_with_a_call(bytes: [u8; 7]) -> bool {
    // call rel32; or ff /2 with a register, a register's memory, and a displacement of none, one or four bytes.
    let indirect = |length: usize| {
        let instruction = &bytes[bytes.len() - length..];
        instruction[0] == 0xff && instruction[1] >> 3 & 7 == 2
    };
    bytes[2] == 0xe8 || (2..=7).any(indirect)
}

/// Elsewhere instructions are not looked at: any address in the code counts.
#[cfg(not(target_arch = "x86_64"))]
fn ends_with_a_call(_bytes: [u8; 7]) -> bool {
    true
}

/// The number of the calling thread.
fn this_thread() -> io::Result<u32> {
    let link = fs::read_link("/proc/thread-self")?;
    let id = link.file_name().and_then(|name| name.to_str()).and_then(|name| name.parse().ok());
    id.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "/proc/thread-self does not lead to a number"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_that_waits_tells_where() {
        assert_eq!(waits_at("202 0x7f 0x80 0x0 0x0 0x0 0x0 0x7ffc1000 0x7f0012\n"), Some((0x7ffc_1000, 0x7f_0012)));
        assert_eq!(waits_at("-1 0x7ffc1000 0x7f0012\n"), Some((0x7ffc_1000, 0x7f_0012)));
        for runs in ["running\n", "", "\n", "0x1"] {
            assert_eq!(waits_at(runs), None, "{runs:?}");
        }
    }

    #[test]
    #[cfg(target_arch = "x86_64")]
    fn calls_are_known_by_their_bytes() {
        let calls: [[u8; 7]; 5] = [
            [0x90, 0x90, 0xe8, 1, 2, 3, 4],             // call rel32
            [0x90, 0x90, 0x90, 0x90, 0x90, 0xff, 0xd0], // call rax
            [0x90, 0x90, 0x90, 0x90, 0xff, 0x50, 0x18], // call [rax+0x18]
            [0x90, 0xff, 0x15, 1, 2, 3, 4],             // call [rip+disp32]
            [0xff, 0x94, 0x24, 1, 2, 3, 4],             // call [rsp+disp32]
        ];
        assert!(calls.into_iter().all(ends_with_a_call));
        assert!(!ends_with_a_call([0x90; 7]));
        assert!(!ends_with_a_call([0x90, 0x90, 0x90, 0x90, 0x90, 0xff, 0xe0]), "a jump is no call");
    }

    #[test]
    fn threads_are_told_in_words() {
        let thread = |id, name: &str, presence| LeftThread { id, name: name.to_owned(), presence };
        let threads =
            Threads { found: vec![thread(7, "worker", Presence::Begun), thread(9, "tokio", Presence::Called)], unseen: 2 };
        assert_eq!(
            threads.to_string(),
            "a thread that it began runs still: `worker` (7); one thread that called it has traces of that on its stack; 2 threads ran all the time \
             and could not be looked at"
        );
        assert_eq!(Threads::default().to_string(), "no thread is in it");
    }
}
