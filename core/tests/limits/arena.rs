//! Memory that is booked with the host.

#![expect(unreachable_pub, reason = "a plugin is `pub`, and so is what its traits name")]

use keyway::capability::{Arena, Region};
use keyway::host::audit;
use keyway::prelude::*;
use keyway::testing::{RunningTestHost, TestHost};
use proptest::prelude::*;

/// May have 256 KiB.
#[derive(Plugin)]
#[plugin(manifest_text = r#"
    manifest-version = 1
    [plugin]
    id = "test.reader-of-much"
    version = "1.0.0"
    host = "*"
    [limits]
    memory = "256KiB"
"#)]
pub struct Reader {
    arena: Arena,
    kept: std::sync::Mutex<Region>,
}

impl Lifecycle for Reader {
    type Config = ();

    async fn init(ctx: &Context<Self>, (): ()) -> Result<Self, Error> {
        Ok(Self { arena: ctx.arena(), kept: ctx.arena().open().into() })
    }
}

fn memory(host: &RunningTestHost) -> keyway::host::Amount {
    host.plugin("test.reader-of-much").unwrap().usage.memory
}

#[tokio::test]
async fn what_is_too_much_is_refused_at_its_place_and_all_is_given_back() {
    let folder = crate::Folder::new();
    let host = TestHost::new().plugin::<Reader>().data_folder(&folder.0).start().await.unwrap();
    let reader = host.concrete::<Reader>().unwrap();
    let region = reader.arena.open();
    assert_eq!(memory(&host).used, 0);
    let mut texts = Vec::new();
    let over = loop {
        match region.text(&"x".repeat(1_000)) {
            Ok(text) => texts.push(text),
            Err(over) => break over,
        }
        assert!(texts.len() < 300);
    };
    assert_eq!((over.code(), over.limit), ("KW0660", 256 << 10));
    // Nearly all of the limit can be used.
    assert!(texts.len() > 230 && texts.iter().all(|text| text.bytes().all(|byte| byte == b'x')), "{}", texts.len());
    let used = memory(&host);
    assert!(used.used == region.booked() && used.used <= 256 << 10 && used.refused > 0, "{used:?}");
    drop(texts);
    drop(region);
    assert_eq!(memory(&host).used, 0);
    reader.kept.lock().unwrap().fill(1_000, |at| at).unwrap();
    assert!(memory(&host).used >= 8_000);
    drop(reader);
    assert!(host.stop().await.is_clean());
    assert_eq!(memory(&host).used, 0, "the plugin's own region is gone with it");
    let entries = audit::read(&folder.0).unwrap();
    let refused: Vec<_> = entries.iter().filter(|entry| entry.kind == "limit-exceeded").collect();
    assert!(refused.iter().all(|entry| entry.details["code"] == "KW0660" && entry.details["limit"] == "262144"));
    assert!(!refused.is_empty());
}

/// Books like a host, and knows the sum.
#[derive(Default)]
struct Ledger {
    limit: u64,
    used: std::sync::atomic::AtomicU64,
}

impl keyway::capability::MemorySource for Ledger {
    fn take(&self, bytes: u64) -> Result<(), keyway::capability::OverLimit> {
        use keyway::capability::{OverLimit, Resource};
        let used = self.used.load(std::sync::atomic::Ordering::Relaxed);
        if used + bytes > self.limit {
            return Err(OverLimit::new(keyway::manifest::PluginId::new("test.a"), Resource::Memory, self.limit, used, bytes));
        }
        self.used.store(used + bytes, std::sync::atomic::Ordering::Relaxed);
        Ok(())
    }

    fn give_back(&self, bytes: u64) {
        self.used.fetch_sub(bytes, std::sync::atomic::Ordering::Relaxed);
    }
}

proptest! {
    /// Against vectors that hold the same.
    #[test]
    fn a_region_keeps_what_is_put_in_and_never_more_than_is_booked(
        limit in 0_u64..200_000,
        sizes in proptest::collection::vec((0_usize..4, 0_usize..20_000), 0..60),
    ) {
        let ledger = std::sync::Arc::new(Ledger { limit, ..Ledger::default() });
        let region = Arena::new(std::sync::Arc::clone(&ledger) as _).open();
        let (mut bytes, mut numbers, mut kept) = (Vec::new(), Vec::new(), 0);
        for (at, (kind, size)) in sizes.into_iter().enumerate() {
            let byte = at as u8;
            if kind == 0 {
                if let Ok(filled) = region.fill(size / 8, |index| (at, index)) {
                    kept += size_of_val(filled);
                    numbers.push((filled, at));
                }
            } else if let Ok(slice) = region.slice(&vec![byte; size >> (kind * 2)]) {
                kept += slice.len();
                bytes.push((slice, byte));
            }
            prop_assert!(kept as u64 <= region.booked() && region.booked() <= limit);
        }
        for (slice, byte) in bytes {
            prop_assert!(slice.iter().all(|found| *found == byte));
        }
        for (filled, at) in numbers {
            prop_assert!(filled.iter().enumerate().all(|(index, found)| *found == (at, index)));
        }
        drop(region);
        prop_assert_eq!(ledger.used.load(std::sync::atomic::Ordering::Relaxed), 0);
    }
}
