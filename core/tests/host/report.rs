//! The start report, the graph and the information for operators.

use keyway::host::State;
use keyway::manifest::{Descriptor, ScopeKind};

use crate::fixture::{Greet, Play, descriptor, request, table, visible};

const READS: &[keyway::manifest::PermissionRequest] = &[request("filesystem.read", ScopeKind::Path, &["content/**"])];

#[tokio::test]
async fn the_table_shows_each_plugin_and_what_it_may_do() {
    let reader = Descriptor { permissions: READS, ..descriptor("reader", &[]) };
    let play = Play::of(table(vec![reader, descriptor("b", &["reader"]), descriptor("c", &["b"])])).script("b", "init", "fail");
    let host = play.builder().mount("content", ".").all_optional().start().await.unwrap();
    let text = host.start_report().to_string();
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines[0], "plugin       version  tier    level  state                init ms   start ms  extends     may");
    assert!(lines[1].starts_with("site.reader  1.2.0    static      0  ok             "), "{text}");
    assert!(lines[1].ends_with("  test.greet  filesystem.read: content/**"), "{text}");
    assert!(lines[2].starts_with("site.b       1.2.0    static      1  permanent error"), "{text}");
    assert!(
        lines[3].starts_with("site.c       1.2.0    static      2  idle                       -          -  test.greet  -"),
        "{text}"
    );
    assert!(lines[4].starts_with("1 of 3 plugins run, started in "), "{text}");
    assert!(lines[4].ends_with("; policy: each plugin is granted what its manifest asks for"), "{text}");
    assert_eq!(lines[5], "  KW0605 plugin `site.b 1.2.0` failed in `init`: no such luck");
    assert!(lines[6].starts_with("  KW0608 plugin `site.c 1.2.0` was not started"), "{text}");
    assert!(
        text.contains("\n  note: plugin `site.reader` declares `filesystem.read` but has not taken it in this run\n"),
        "{text}"
    );
    host.stop().await;
}

#[tokio::test]
async fn a_permission_that_was_taken_is_not_noted() {
    let reader = Descriptor { permissions: READS, ..descriptor("reader", &[]) };
    let play = Play::of(table(vec![reader])).script("reader", "takes", "true");
    let host = play.builder().mount("content", ".").start().await.unwrap();
    assert!(host.plugin("site.reader").unwrap().untaken.is_empty());
    assert!(!host.start_report().to_string().contains("declares"));
    host.stop().await;
}

#[tokio::test]
async fn many_plugins_that_extend_nothing_are_one_note() {
    let names: Vec<String> = (0..12).map(|number| format!("p{number:02}")).collect();
    let idle = names.iter().map(|name| Descriptor { extensions: &[], ..descriptor(name.clone().leak(), &[]) }).collect();
    let host = Play::of(table(idle)).builder().start().await.unwrap();
    let notes: Vec<_> = host.start_report().notes.iter().filter(|note| note.starts_with("KW0626")).collect();
    assert_eq!(notes.len(), 1);
    assert!(notes[0].starts_with("KW0626 plugins `site.p00 1.2.0`, `site.p01 1.2.0`, "), "{}", notes[0]);
    assert!(notes[0].contains("`site.p09 1.2.0` and 2 more extend nothing"), "{}", notes[0]);
    host.stop().await;
}

#[tokio::test]
async fn a_plugin_that_extends_nothing_is_noted() {
    let mask = Descriptor { extensions: &[], ..descriptor("mask", &[]) };
    let host = Play::of(table(vec![mask, descriptor("b", &[])])).builder().start().await.unwrap();
    let report = host.start_report();
    let notes: Vec<_> = report.notes.iter().filter(|note| note.starts_with("KW0626")).collect();
    assert_eq!(
        notes,
        [
            "KW0626 plugin `site.mask 1.2.0` extends nothing, so the program only starts and stops it; where it implements the trait of \
             a point, name that in `#[plugin(provides(…))]`"
        ]
    );
    let text = report.to_string();
    let row = text.lines().find(|line| line.starts_with("site.mask")).unwrap();
    assert!(row.ends_with("  -           -"), "{text}");
    host.stop().await;
}

#[tokio::test]
async fn the_report_is_json_with_the_same_facts() {
    let reader = Descriptor { permissions: READS, ..descriptor("reader", &[]) };
    let play = Play::of(table(vec![reader]));
    let host = play.builder().mount("content", ".").start().await.unwrap();
    host.extensions::<dyn Greet>()[0].greet().unwrap();
    let report = serde_json::to_value(host.start_report()).unwrap();
    assert_eq!(report["panic_abort"], false);
    let plugin = serde_json::to_value(&host.plugins()[0]).unwrap();
    assert_eq!(plugin["id"], "site.reader");
    assert_eq!(plugin["version"], "1.2.0");
    assert_eq!(plugin["state"], "ok");
    assert_eq!(plugin["required"], true);
    assert_eq!(plugin["grants"]["filesystem.read"][0], "content/**");
    assert_eq!(plugin["points"][0], "test.greet");
    assert_eq!(plugin["extensions"][0]["point"], "test.greet");
    assert_eq!(plugin["extensions"][0]["calls"], 1);
    assert!(plugin["init_ms"].as_f64().is_some());
    host.stop().await;
    assert_eq!(serde_json::to_value(&host.plugins()[0]).unwrap()["state"], "stopped");
}

#[tokio::test]
async fn an_aborting_program_and_the_census_are_noted() {
    let mut aborting = table(vec![descriptor("a", &[])]);
    aborting.panic_abort = true;
    let play = Play::of(aborting);
    let host = play.builder().start().await.unwrap();
    let notes = &host.start_report().notes;
    assert!(notes.iter().any(|note| note.contains("`panic = \"abort\"`: a panic in any plugin ends it")), "{notes:?}");
    // The plugins of these tests are made by hand and register nowhere.
    assert!(
        notes.contains(&"KW0502 plugin `site.a 1.2.0` is in the host's table but its registration was not linked".to_owned()),
        "{notes:?}"
    );
    host.stop().await;
}

#[tokio::test]
async fn the_graph_is_dot() {
    let play = Play::new(&[("a", &[]), ("b", &["a"]), ("c", &["b?"])]).script("b", "init", "fail");
    let host = play.builder().all_optional().start().await.unwrap();
    assert_eq!(
        host.graph_dot(),
        "digraph plugins {\n    rankdir = LR;\n    node [shape = box];\n    \
         \"site.a\" [label = \"site.a\\n1.2.0\"];\n    \
         \"site.b\" [label = \"site.b\\n1.2.0\", style = dashed];\n    \
         \"site.c\" [label = \"site.c\\n1.2.0\"];\n    \
         \"site.b\" -> \"site.a\" [label = \"*\", style = solid];\n    \
         \"site.c\" -> \"site.b\" [label = \"*\", style = dashed];\n}\n"
    );
    host.stop().await;
}

#[tokio::test]
async fn the_concrete_plugin_is_found_by_its_type() {
    let play = Play::new(&[("a", &[])]);
    let host = play.builder().start().await.unwrap();
    assert!(host.slot::<dyn Greet>("site.a").unwrap().is_active());
    assert!(host.slot::<dyn Greet>("site.x").is_none());
    assert_eq!(host.plugin("site.a").unwrap().state, State::Ok);
    assert_eq!(visible(&host), ["a"]);
    host.stop().await;
    assert!(host.slot::<dyn Greet>("site.a").is_none());
}
