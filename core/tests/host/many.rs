//! Hosts with many plugins.

use std::time::Instant;

use crate::fixture::{Play, descriptor, table, visible};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_plugins_start_in_order_and_stop() {
    // Ten levels of a hundred plugins; each plugin requires three of the level below.
    let name = |index: usize| format!("p{index:04}");
    let descriptors = (0..1_000).map(|index| {
        let below: Vec<_> = if index < 100 {
            Vec::new()
        } else {
            (0..3).map(|k| name((index / 100 - 1) * 100 + (index * 7 + k * 31) % 100)).collect()
        };
        descriptor(&name(index), &below.iter().map(String::as_str).collect::<Vec<_>>())
    });
    let play = Play::of(table(descriptors.collect()));
    let builder = play.builder();
    let begun = Instant::now();
    let host = builder.start().await.unwrap();
    println!("1,000 plugins started in {:?}", begun.elapsed());
    assert_eq!(visible(&host), (0..1_000).map(name).collect::<Vec<_>>());
    assert_eq!(host.start_report().running(), 1_000);
    assert_eq!(play.did("init").len(), 1_000);
    assert_eq!(host.stop().await.plugins.len(), 1_000);
    assert_eq!(play.did("drop").len(), 1_000);
}

#[tokio::test]
async fn a_host_without_plugins_is_a_host() {
    let play = Play::new(&[]);
    let host = play.builder().start().await.unwrap();
    assert!(visible(&host).is_empty());
    assert!(host.start_report().to_string().starts_with("plugin  version"));
    assert!(host.stop().await.is_clean());
}
