//! `order` and `graph`: who waits for whom.

use cargo_keyway::answer::{Drawing, Graph, Order};

use crate::sandbox::Sandbox;

#[test]
fn the_order_is_that_of_the_resolver_with_what_each_waits_for() {
    let site = Sandbox::site();
    site.run(&["order", "-F", "full"]).snapshot("order");
    let order: Order = site.json(&["order", "-F", "full"]);
    for (index, plugin) in order.plugins.iter().enumerate() {
        let waits = order.plugins.iter().filter(|other| plugin.waits_for.contains(&other.id));
        assert_eq!(plugin.level, waits.map(|other| other.level + 1).max().unwrap_or(0), "{}", plugin.id);
        assert!(order.plugins[..index].iter().all(|before| (before.level, &before.id) < (plugin.level, &plugin.id)));
    }
}

#[test]
fn explains_why_one_starts_before_another() {
    let site = Sandbox::site();
    let explain = |one: &str, other: &str| site.run(&["order", "-F", "full", "--explain", one, other]);
    explain("site.clock", "site.search").snapshot("order_explain");
    explain("site.pages", "site.theme").snapshot("order_explain_hint");
    explain("site.clock", "site.files").snapshot("order_explain_together");
    explain("site.theme", "site.mail").snapshot("order_explain_nothing_says_so");
    explain("site.clock", "site.clock").snapshot("order_explain_itself");
    explain("site.clock", "site.memory").snapshot("order_explain_not_in_the_build");
    explain("site.clock", "site.memroy").snapshot("order_explain_unknown");
    let order: Order = site.json(&["order", "-F", "full", "--explain", "site.search", "site.clock"]);
    let explanation = order.explanation.expect("it was asked for");
    assert_eq!((explanation.first.as_str(), explanation.second.as_str()), ("site.clock", "site.search"));
    // Each step begins where the one before it ended.
    let ids: Vec<&str> = explanation.chain.iter().map(|step| step.from.as_str()).chain(["site.clock"]).collect();
    assert!(explanation.chain.iter().zip(&ids[1..]).all(|(step, next)| step.to == *next), "{explanation:?}");
    assert_eq!(ids[0], "site.search");
}

#[test]
fn a_refused_build_has_no_order() {
    let site = Sandbox::site();
    site.run(&["order", "-F", "memory"]).snapshot("order_of_a_refused_build");
    assert_eq!(site.run(&["graph", "-F", "memory"]).code(), 3);
    // Graphviz is for looking at it.
    assert!(site.run(&["graph", "--dot", "-F", "memory"]).stdout().contains("\"service.store\" -> \"site.memory\""));
}

#[test]
fn graphs_in_four_languages() {
    let site = Sandbox::site();
    site.run(&["graph", "-F", "full"]).snapshot("graph");
    site.run(&["graph", "--dot"]).snapshot("graph_dot");
    site.run(&["graph", "--mermaid", "-F", "full"]).snapshot("graph_mermaid");
    site.run(&["graph", "--svg", "-F", "full"]).snapshot("graph_svg");
    assert_eq!(site.run(&["graph", "--svg", "--dot"]).code(), 2);
    let graph: Graph = site.json(&["graph", "-F", "full"]);
    assert_eq!(graph.plugins.len(), 7);
    let store = graph.edges.iter().find(|edge| edge.to == "site.files").expect("something waits for the store");
    assert_eq!((store.from.as_str(), store.kind.as_str(), store.label.as_str()), ("site.pages", "service", "service.store ^1"));
    assert!(!store.optional);
    let drawing: Drawing = site.json(&["graph", "--mermaid", "-F", "full"]);
    assert_eq!(
        (drawing.language.as_str(), drawing.text.lines().count()),
        ("mermaid", 1 + graph.plugins.len() + graph.edges.len())
    );
}
