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

/// What waits for approval, or is not allowed, does not change who starts before whom.
#[test]
fn neither_the_lock_nor_the_policy_hides_the_order() {
    let site = Sandbox::site();
    let commands: [&[&str]; 5] =
        [&["order"], &["order", "--explain", "site.pages", "site.files"], &["graph"], &["list"], &["graph", "--mermaid"]];
    let answers: Vec<String> = commands.iter().map(|command| site.run(command).stdout()).collect();
    let same = |remark: &str| {
        for (command, answer) in commands.iter().zip(&answers) {
            let ran = site.run(command);
            assert_eq!((ran.code(), &ran.stdout()), (0, answer), "{command:?}: {}", ran.stderr());
            assert_eq!(ran.stderr(), format!("note: {remark}\n"), "{command:?}");
        }
        for command in [&["info", "site.pages"][..], &["why", "site.pages"]] {
            assert_eq!(site.run(command).code(), 0, "{command:?}");
        }
    };
    let check = "which `cargo keyway check` with the same features shows";
    // Everything is pending.
    assert_eq!(site.run(&["lock"]).code(), 0);
    same(&format!("the lock or the policy refuses this build: 5 problems, {check}"));
    // A plugin asks for more than was approved.
    assert_eq!(site.run(&["approve", "--all", "--by", "ada@example.org"]).code(), 0);
    let more = "\"jobs.schedule\" = { scope = [\"tell\"], reason = \"tells the time\" }\n";
    site.write("plugins/pages/plugin.toml", format!("{}{more}", site.read("plugins/pages/plugin.toml")));
    same(&format!("the lock or the policy refuses this build: 2 problems, {check}"));
    site.edit("plugins/pages/plugin.toml", more, "");
    // The lock cannot be read.
    site.write("host/keyway.lock", "lock-version = 1\n");
    same("`host/keyway.lock` cannot be used; `cargo keyway check` says why");
    // The policy wants a lock, and there is none.
    site.remove("host/keyway.lock");
    site.write("host/host.toml", format!("[lock]\nrequired = true\n\n{}", site.read("host/host.toml")));
    same(&format!("the lock or the policy refuses this build: 1 problem, {check}"));
    site.edit("host/host.toml", "\"http.routes\" = [\"/**\"]", "\"http.routes\" = [\"/admin\"]");
    same(&format!("the lock or the policy refuses this build: 2 problems, {check}"));
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
