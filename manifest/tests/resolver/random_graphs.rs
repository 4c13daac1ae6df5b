//! Random graphs of up to 300 plugins: order, levels and problems are those of the oracle.

use std::collections::BTreeSet;

use keyway_manifest::{
    Available, Descriptor, Graph, LockRules, Order, Policy, PolicyRule, PolicyVerb, Problem, Report, Ring, SdkInfo, StepKind,
    resolve_slice, steps,
};

use super::maker::{Plugin, keep, text, version};
use super::oracle::{self, Rule, Why};

/// A generator of numbers with a fixed seed (xorshift64, Marsaglia 2003).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from((self.0 >> 11) % limit as u64).expect("below a usize")
    }

    fn one_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    fn pick<'t>(&mut self, of: &[&'t str]) -> &'t str {
        of[self.below(of.len())]
    }
}

const RANGES: &[&str] = &["*", "^1", "^1.2", "~1.2", ">=1, <3", "^2", "=1.2.0", "^0.3", "^2.0.0-rc.1"];
const VERSIONS: &[&str] = &["1.0.0", "1.2.0", "1.4.2", "2.0.0-rc.1", "2.1.0", "0.3.1"];
const SCOPES: &[&str] = &["content/**", "content/a", "content/b", "media/**", "media/a"];
const PERMISSIONS: &[&str] = &["filesystem.read", "filesystem.write"];

/// `sound` graphs have nothing wrong with them; the others have a bit of everything.
fn random_plugins(random: &mut Random, count: usize, sound: bool) -> Vec<Plugin> {
    let ids: Vec<String> = (0..count).map(|index| format!("site.p{:03}", (index * 7 + 3) % 1009)).collect();
    let mut plugins = Vec::new();
    for index in 0..count {
        let mut plugin = Plugin::new(&ids[index], if sound { "1.2.0" } else { random.pick(VERSIONS) });
        // A sound graph points backwards only; the others now and then anywhere.
        let target = |random: &mut Random| {
            let wild = !sound && random.one_in(count.max(40) / 8);
            if wild { Some(random.below(count)) } else { (index > 0).then(|| random.below(index)) }
        };
        for _ in 0..random.below(4) {
            if let Some(other) = target(random) {
                let range =
                    if sound || !random.one_in(4) { ["*", ">=0.3.0-0"][usize::from(!sound)] } else { random.pick(RANGES) };
                plugin.requires.push((ids[other].clone(), range.to_owned(), random.one_in(4)));
            }
        }
        for _ in 0..random.below(3) {
            plugin.after.extend(target(random).map(|other| ids[other].clone()));
        }
        if !sound && random.one_in(6) {
            plugin.before.extend(target(random).map(|other| ids[other].clone()));
        }
        if sound && index + 1 < count && random.one_in(4) {
            plugin.before.push(ids[index + 1 + random.below(count - index - 1)].clone());
        }
        if random.one_in(8) {
            let service = if sound { index } else { random.below(12) };
            let exclusive = if sound { random.one_in(2) } else { random.one_in(6) };
            let offered = if sound { "1.2.0" } else { random.pick(VERSIONS) };
            plugin.provides.push((format!("service.s{service}"), offered.to_owned(), exclusive));
        }
        if random.one_in(6) {
            let provided: Vec<String> =
                plugins.iter().flat_map(|earlier: &Plugin| &earlier.provides).map(|offer| offer.0.clone()).collect();
            if sound && !provided.is_empty() {
                plugin.requires.push((provided[random.below(provided.len())].clone(), "^1".to_owned(), false));
            } else if !sound {
                plugin.requires.push((
                    format!("service.s{}", random.below(14)),
                    random.pick(RANGES).to_owned(),
                    random.one_in(3),
                ));
            }
        }
        if !sound {
            spoil(random, &mut plugin, &ids, index);
        }
        plugins.push(plugin);
    }
    for at in (1..plugins.len()).rev() {
        plugins.swap(at, random.below(at + 1));
    }
    plugins
}

/// What sound graphs do not have.
fn spoil(random: &mut Random, plugin: &mut Plugin, ids: &[String], index: usize) {
    if random.one_in(30) {
        plugin.requires.push((format!("site.gone{}", random.below(5)), "^1".to_owned(), random.one_in(2)));
    }
    if random.one_in(15) {
        plugin.conflicts.push((ids[random.below(ids.len())].clone(), random.pick(RANGES).to_owned()));
    }
    if random.one_in(20) {
        plugin.host = random.pick(RANGES).to_owned();
    }
    if random.one_in(40) && index > 0 {
        plugin.id = ids[random.below(index)].clone();
    }
    for permission in PERMISSIONS {
        if random.one_in(3) {
            let scopes: BTreeSet<&str> = (0..=random.below(2)).map(|_| random.pick(SCOPES)).collect();
            let scopes = scopes.into_iter().map(str::to_owned).collect();
            plugin.permissions.push(((*permission).to_owned(), scopes, random.one_in(3)));
        }
    }
}

fn random_rules(random: &mut Random, plugins: &[Plugin]) -> Vec<Rule> {
    let mut rules = Vec::new();
    for _ in 0..random.below(8) {
        let plugin = match random.below(4) {
            0 if !plugins.is_empty() => plugins[random.below(plugins.len())].id.clone(),
            1 => random.pick(&["site.unknown", "site.spare", "site.other"]).to_owned(),
            _ => String::new(),
        };
        let scopes = (0..random.below(3)).map(|_| random.pick(SCOPES).to_owned()).collect();
        rules.push((plugin, !random.one_in(4), random.pick(PERMISSIONS).to_owned(), scopes));
    }
    rules
}

fn const_rule(rule: &Rule) -> PolicyRule {
    PolicyRule {
        plugin: (!rule.0.is_empty()).then(|| keyway_manifest::PluginId::new(text(&rule.0))),
        plugin_location: keyway_manifest::Location::UNKNOWN,
        verb: if rule.1 { PolicyVerb::Allow } else { PolicyVerb::Deny },
        permission: text(&rule.2),
        scopes: keep(rule.3.iter().map(|scope| text(scope)).collect()),
        location: keyway_manifest::Location::UNKNOWN,
    }
}

/// The oracle's line for a problem; rings are looked at apart.
fn line(problem: &Problem) -> Option<String> {
    let pair = |left: &'static str, right: &'static str| {
        if left < right { format!("{left} {right}") } else { format!("{right} {left}") }
    };
    let rest = match *problem {
        Problem::WrongVersion { plugin, requirement, .. }
        | Problem::MissingPlugin { plugin, requirement }
        | Problem::WrongOptionalVersion { plugin, requirement, .. }
        | Problem::MissingService { plugin, requirement }
        | Problem::WrongServiceVersion { plugin, requirement, .. } => format!("{} {}", plugin.package, requirement.id),
        Problem::Conflict { plugin, other, .. } => pair(plugin.package, other.package),
        Problem::DuplicateId { first, second } => format!("{} {}", first.package, second.package),
        Problem::ExclusiveService { plugin, provision, other, .. } => {
            format!("{} {}", provision.id, pair(plugin.package, other.package))
        }
        Problem::WrongHost { plugin } => plugin.package.to_owned(),
        Problem::PermissionDenied { plugin, request, scope, .. } | Problem::PermissionNotAllowed { plugin, request, scope } => {
            format!("{} {} {scope}", plugin.package, request.name)
        }
        Problem::GrantTooWide { plugin, rule, scope } => format!("{} {} {scope}", plugin.id, rule.permission),
        Problem::UnknownPolicyPlugin { rule } => rule.plugin.expect("a named plugin").to_string(),
        _ => return None,
    };
    Some(format!("{} {rest}", problem.code()))
}

/// Each ring is a way along edges that the oracle knows, from the least member of a component back to it.
fn check_rings(report: &Report, verdict: &oracle::Verdict) {
    let mut starts = BTreeSet::new();
    for problem in &report.problems {
        let ring: Ring = match *problem {
            Problem::Cycle { ring } | Problem::OrderContradiction { ring } => ring,
            _ => continue,
        };
        let steps = report.steps(ring);
        assert_eq!(steps.len(), ring.length());
        let mut hints_only = true;
        for (at, step) in steps.iter().enumerate() {
            let why = match step.kind {
                StepKind::Requires => Why::Requires,
                StepKind::Service(_) => Why::Service,
                StepKind::After => Why::After,
                StepKind::Before => Why::Before,
            };
            hints_only = hints_only && matches!(why, Why::After | Why::Before);
            let edge = (step.from.package.to_owned(), step.to.package.to_owned(), why);
            assert!(verdict.edges.contains(&edge), "{edge:?} is an edge");
            assert_eq!(step.to.package, steps[(at + 1) % steps.len()].from.package, "the steps follow each other");
        }
        assert_eq!(hints_only, matches!(problem, Problem::OrderContradiction { .. }));
        let members: BTreeSet<&str> = steps.iter().map(|step| step.from.package).collect();
        assert_eq!(members.len(), steps.len(), "no plugin is passed twice");
        let component =
            verdict.rings.iter().find(|component| component[0] == steps[0].from.package).expect("starts at the least member");
        assert!(members.iter().all(|member| component.iter().any(|other| other == member)));
        assert!(starts.insert(steps[0].from.package), "one ring for each component");
    }
    assert_eq!(starts.len(), verdict.rings.len(), "a ring for each component");
}

/// A plugin is one level above the highest that a step says it waits for.
fn check_that_levels_follow_from_steps(graph: &Graph<'_>, order: &Order) {
    let steps = steps(graph);
    let level = |id: &str| {
        let holds = |level: &&Vec<usize>| level.iter().any(|&index| graph.plugins[index].id.as_str() == id);
        order.levels.iter().position(|level| holds(&level)).expect("every plugin has a level")
    };
    for plugin in graph.plugins {
        let waits = steps.iter().filter(|step| step.from.id.same(&plugin.id));
        let above = waits.map(|step| level(step.to.id.as_str()) + 1).max().unwrap_or(0);
        assert_eq!(level(plugin.id.as_str()), above, "{}", plugin.id);
    }
}

fn check(seed: usize, random: &mut Random, sound: bool) -> usize {
    let count = if random.one_in(4) { random.below(300) + 1 } else { random.below(24) };
    let mut plugins = random_plugins(random, count, sound);
    for (index, plugin) in plugins.iter_mut().enumerate() {
        plugin.package = format!("package-{index:03}");
    }
    let rules = if sound { Vec::new() } else { random_rules(random, &plugins) };
    let grant_unmentioned = sound || random.one_in(2);
    let descriptors: Vec<&'static Descriptor> = plugins.iter().map(Plugin::describe).collect();
    let spare = Available {
        id: keyway_manifest::PluginId::new("site.spare"),
        version: version("1.0.0"),
        package: "cms-plugin-spare",
        feature: "spare",
        manifest: "",
        provides: &[],
    };
    let policy =
        Policy { grant_unmentioned, rules: keep(rules.iter().map(const_rule).collect()), native: None, lock: LockRules::DEFAULT };
    let sdk = SdkInfo { name: "sdk", version: version("1.2.0") };
    let graph = Graph {
        plugins: &descriptors,
        sdk: Some(sdk),
        available: &[spare],
        libraries: &[],
        policy: &policy,
        policy_file: "host.toml",
        lock: None,
    };
    let verdict = oracle::judge(&plugins, "1.2.0", &["site.spare"], grant_unmentioned, &rules);
    match resolve_slice(&graph) {
        Ok(order) => {
            assert!(verdict.problems.is_empty(), "seed {seed}: {:?}", verdict.problems);
            assert_eq!(order.levels, verdict.levels, "seed {seed}");
            assert_eq!(order.order, verdict.levels.concat(), "seed {seed}");
            check_that_levels_follow_from_steps(&graph, &order);
            0
        }
        Err(report) => {
            let mut problems: Vec<String> = report.problems.iter().filter_map(line).collect();
            problems.sort();
            assert_eq!(problems, verdict.problems, "seed {seed}");
            check_rings(&report, &verdict);
            let text = report.to_string();
            assert_eq!(
                text.lines().filter(|line| line.starts_with("  KW03")).count(),
                report.problems.len(),
                "every problem is printed"
            );
            assert_eq!(report.texts().join("\n"), text, "seed {seed}");
            assert_eq!(report.texts().len(), report.problems.len(), "seed {seed}");
            check_that_order_of_input_is_nothing(&graph, &text);
            report.problems.len()
        }
    }
}

fn check_that_order_of_input_is_nothing(graph: &Graph<'_>, text: &str) {
    let reversed: Vec<&'static Descriptor> = graph.plugins.iter().rev().copied().collect();
    let again = resolve_slice(&Graph { plugins: &reversed, ..*graph }).expect_err("the same plugins");
    assert_eq!(text, again.to_string());
}

#[test]
fn sound_graphs_start_in_the_oracles_order() {
    let mut random = Random(0x1234_5678_9abc_def1);
    for seed in 0..250 {
        assert_eq!(check(seed, &mut random, true), 0, "seed {seed} is sound");
    }
}

#[test]
fn spoilt_graphs_have_the_oracles_problems() {
    let mut random = Random(0xfeed_5eed_0bad_cafe);
    let (mut problems, mut spoilt) = (0, 0);
    for seed in 0..400 {
        let found = check(seed, &mut random, false);
        problems += found;
        spoilt += usize::from(found > 0);
    }
    assert!(spoilt > 300 && problems > 3_000, "only {problems} problems in {spoilt} graphs");
}
