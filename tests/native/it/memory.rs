//! Who gives out the memory of a library: the allocator of the host's program, which books it with the plugin.

use keyway::Host;
use keyway::host::Heap;
use keyway_tests_native::Trial;

use crate::library::start;

fn heap(host: &Host) -> Heap {
    host.plugin("test.faulty").unwrap().usage.heap.unwrap()
}

#[tokio::test]
async fn what_a_library_keeps_is_booked_with_its_plugin() {
    let host = start("keyway-tests-faulty", "").await.unwrap();
    let before = heap(&host).used;
    assert_eq!(host.extensions::<dyn Trial>()[0].now("keep memory").unwrap(), "64 MiB");
    let kept = heap(&host);
    let booked = kept.used - before;
    assert!(booked.abs_diff(64 << 20) <= 2 * kept.margin, "{booked} bytes: {kept:?}");
    assert!(host.stop().await.is_clean());
    // Freed by the library, on the host's order, with the host's allocator.
    assert!(heap(&host).used <= before + 2 * kept.margin, "{:?}", heap(&host));
}
