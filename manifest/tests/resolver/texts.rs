//! The whole text of each problem. The same text stands on the problem's page in `docs/errors/`.

use keyway_manifest::{
    Available, CODES, Code, Descriptor, EventEntry, EventInfo, EventRole, Graph, Location, Lock, LockRules, NativePolicy, Order,
    PluginId, Policy, PolicyRule, PolicyVerb, Report, SdkInfo, resolve_slice,
};

use super::locks;
use super::maker::{Plugin, keep, text, version};

/// A graph with one thing wrong.
pub(crate) struct Case {
    code: Code,
    plugins: Vec<Plugin>,
    pub(crate) available: Vec<Available>,
    rules: Vec<PolicyRule>,
    pub(crate) lock: Option<Lock>,
    pub(crate) held: LockRules,
}

impl Case {
    pub(crate) fn new(code: Code, plugins: Vec<Plugin>) -> Self {
        Self { code, plugins, available: Vec::new(), rules: Vec::new(), lock: None, held: LockRules::DEFAULT }
    }

    pub(crate) fn rendered(&self) -> String {
        self.report().expect_err("a spoilt graph").to_string()
    }

    pub(crate) fn report(&self) -> Result<Order, Report> {
        let descriptors: Vec<&'static Descriptor> = self.plugins.iter().map(Plugin::describe).collect();
        let policy =
            Policy { grant_unmentioned: self.rules.is_empty(), rules: keep(self.rules.clone()), native: None, lock: self.held };
        let graph = Graph {
            plugins: &descriptors,
            sdk: Some(SdkInfo { name: "keyway-cms-sdk", version: version("0.1.0") }),
            available: &self.available,
            libraries: &[],
            policy: &policy,
            policy_file: "host-app/host.toml",
            lock: self.lock.as_ref(),
        };
        resolve_slice(&graph)
    }
}

pub(crate) fn plugin(id: &str, version: &str, change: impl FnOnce(&mut Plugin)) -> Plugin {
    let mut plugin = Plugin::new(id, version);
    change(&mut plugin);
    plugin
}

fn requires(id: &str, range: &str) -> (String, String, bool) {
    (id.to_owned(), range.to_owned(), false)
}

fn provides(id: &str, version: &str, exclusive: bool) -> (String, String, bool) {
    (id.to_owned(), version.to_owned(), exclusive)
}

fn reads(scope: &str) -> (String, Vec<String>, bool) {
    ("filesystem.read".to_owned(), vec![scope.to_owned()], false)
}

fn clock(version_text: &str) -> Available {
    Available {
        id: PluginId::new("site.clock"),
        version: version(version_text),
        package: "cms-plugin-clock",
        feature: "clock",
        manifest: "",
        provides: keep(vec![("service.time", version(version_text))]),
    }
}

fn rule(verb: PolicyVerb, plugin: Option<&str>, line: u32, snippet: &str, scopes: &[&str]) -> PolicyRule {
    let name_width = "\"filesystem.read\"".len();
    let column = snippet.find("\"filesystem.read\"").map_or(1, |at| at + 1);
    PolicyRule {
        plugin: plugin.map(|id| PluginId::new(text(id))),
        plugin_location: plugin.map_or(Location::UNKNOWN, |id| Location {
            file: "host-app/host.toml",
            line: line - 1,
            column: u32::try_from("[plugin.\"".len()).expect("short"),
            snippet: text(&format!("[plugin.\"{id}\".permissions]")),
            width: u32::try_from(id.len() + 2).expect("short"),
        }),
        verb,
        permission: "filesystem.read",
        scopes: keep(scopes.iter().map(|scope| text(scope)).collect()),
        location: Location {
            file: "host-app/host.toml",
            line,
            column: u32::try_from(column).expect("short"),
            snippet: text(snippet),
            width: u32::try_from(name_width).expect("short"),
        },
    }
}

/// One graph for each code, in the order of the codes.
fn cases() -> Vec<Case> {
    let storage = || plugin("site.storage", "1.4.0", |_| ());
    let auth_needs = |id: &str, range: &str| plugin("site.auth", "1.0.0", |auth| auth.requires.push(requires(id, range)));
    let menu = |scope: &str| plugin("site.menu", "1.0.0", |menu| menu.permissions.push(reads(scope)));
    let mut missing = Case::new(Code::MissingPlugin, vec![auth_needs("site.clock", "^1")]);
    missing.available.push(clock("1.2.0"));
    let mut missing_service = Case::new(Code::MissingService, vec![auth_needs("service.time", "^1")]);
    missing_service.available.push(clock("1.2.0"));
    let mut denied = Case::new(Code::PermissionDenied, vec![menu("content/**")]);
    denied.rules.push(rule(PolicyVerb::Allow, None, 2, "allow = { \"filesystem.read\" = [\"content/**\"] }", &["content/**"]));
    denied.rules.push(rule(
        PolicyVerb::Deny,
        None,
        3,
        "deny = { \"filesystem.read\" = [\"content/drafts/**\"] }",
        &["content/drafts/**"],
    ));
    let mut not_allowed = Case::new(Code::PermissionNotAllowed, vec![menu("content/**")]);
    not_allowed.rules.push(rule(PolicyVerb::Allow, None, 2, "allow = { \"filesystem.read\" = [\"public/**\"] }", &["public/**"]));
    let mut too_wide = Case::new(Code::GrantTooWide, vec![menu("content/**")]);
    too_wide.rules.push(rule(PolicyVerb::Allow, Some("site.menu"), 5, "allow = { \"filesystem.read\" = [\"**\"] }", &["**"]));
    let mut unknown = Case::new(Code::UnknownPolicyPlugin, vec![menu("content/**")]);
    unknown.rules.push(rule(PolicyVerb::Allow, None, 2, "allow = { \"filesystem.read\" = [\"content/**\"] }", &["content/**"]));
    unknown.rules.push(rule(PolicyVerb::Deny, Some("site.menus"), 5, "deny = { \"filesystem.read\" = true }", &[]));
    vec![
        Case::new(Code::WrongVersion, vec![auth_needs("site.storage", "^2.1"), storage()]),
        missing,
        Case::new(
            Code::WrongOptionalVersion,
            vec![
                plugin("site.auth", "1.0.0", |auth| auth.requires.push(("site.storage".to_owned(), "^2.1".to_owned(), true))),
                storage(),
            ],
        ),
        Case::new(
            Code::Conflict,
            vec![
                plugin("site.cache", "1.0.0", |cache| cache.conflicts.push(("site.storage".to_owned(), "<2".to_owned()))),
                storage(),
            ],
        ),
        Case::new(
            Code::DuplicateId,
            vec![storage(), plugin("site.storage", "2.0.0", |other| other.package = "my-storage".to_owned())],
        ),
        Case::new(
            Code::Cycle,
            vec![
                auth_needs("service.users", "^1"),
                plugin("site.mail", "1.0.0", |mail| mail.after.push("site.auth".to_owned())),
                plugin("site.users", "1.0.0", |users| {
                    users.provides.push(provides("service.users", "1.0.0", false));
                    users.requires.push(requires("site.mail", "^1"));
                }),
            ],
        ),
        Case::new(
            Code::ExclusiveService,
            vec![
                plugin("site.lucene", "1.0.0", |lucene| lucene.provides.push(provides("service.search", "1.0.0", false))),
                plugin("site.search", "1.0.0", |search| search.provides.push(provides("service.search", "1.0.0", true))),
            ],
        ),
        missing_service,
        Case::new(
            Code::WrongServiceVersion,
            vec![
                auth_needs("service.search", "^2"),
                plugin("site.search", "1.0.0", |search| search.provides.push(provides("service.search", "1.3.0", false))),
            ],
        ),
        Case::new(Code::WrongHost, vec![plugin("site.auth", "1.0.0", |auth| auth.host = "^0.2".to_owned())]),
        Case::new(
            Code::OrderContradiction,
            vec![
                plugin("site.feed", "1.0.0", |feed| feed.after.push("site.menu".to_owned())),
                plugin("site.menu", "1.0.0", |menu| menu.after.push("site.feed".to_owned())),
            ],
        ),
        denied,
        not_allowed,
        too_wide,
        unknown,
        Case::new(
            Code::EventMismatch,
            vec![
                plugin("site.feed", "1.0.0", |feed| feed.events.push(changed(EventRole::Subscribes, "1.0.0", "site-sdk 0.4.0"))),
                plugin("site.pages", "1.2.0", |pages| {
                    pages.events.push(changed(EventRole::Publishes, "2.0.0", "site-sdk 0.5.1"));
                }),
            ],
        ),
    ]
}

/// A use of the event `ContentChanged` of some version of an SDK.
fn changed(role: EventRole, schema_version: &str, package: &str) -> EventEntry {
    let topic = PluginId::new("content.changed");
    let event = EventInfo::new(topic, version(schema_version), 7, "site_sdk::ContentChanged", text(package));
    EventEntry { event: &keep(vec![event])[0], role }
}

/// Whatever stands beside it, a topic with one type is no problem, and one with two is told once for each later use.
#[test]
fn the_texts_of_the_problems_are_the_text_of_the_report() {
    let requires = |of: [&str; 2]| of.map(|id| (id.to_owned(), "^2".to_owned(), false)).to_vec();
    let auth = Plugin { requires: requires(["site.clock", "site.store"]), ..Plugin::new("site.auth", "1.0.0") };
    let mail = Plugin { requires: requires(["service.clock", "site.auth"]), ..Plugin::new("site.mail", "1.0.0") };
    let report = Case::new(Code::MissingPlugin, vec![auth, mail]).report().expect_err("four requirements are not met");
    assert_eq!(report.texts().join("\n"), report.to_string());
    assert_eq!(report.texts().len(), report.problems.len());
    for (text, problem) in report.texts().into_iter().zip(&report.problems) {
        assert!(text.starts_with(&format!("  {} ", problem.code().as_str())), "{text}");
    }
}

#[test]
fn each_use_of_a_topic_is_compared_with_the_first() {
    let graph_of = |plugins: Vec<Plugin>| {
        let plugins: Vec<_> = plugins.iter().map(Plugin::describe).collect();
        let graph = Graph {
            plugins: &plugins,
            sdk: None,
            available: &[],
            libraries: &[],
            policy: &Policy::GRANT_REQUESTED,
            policy_file: "",
            lock: None,
        };
        resolve_slice(&graph).map_or_else(|report| report.problems.len(), |_| 0)
    };
    let other = |number: usize| {
        let topic = PluginId::new(text(&format!("other.topic-{number}")));
        let event = EventInfo::new(topic, version("1.0.0"), number as u64, "other::Event", "other 1.0.0");
        EventEntry { event: &keep(vec![event])[0], role: EventRole::Publishes }
    };
    let many = |id: &str, sdk: &str| {
        plugin(id, "1.0.0", |plugin| {
            plugin.events.extend((0..40).map(other));
            plugin.events.push(changed(EventRole::Publishes, "1.0.0", sdk));
        })
    };
    assert_eq!(graph_of(vec![many("site.a", "sdk 1.0.0"), many("site.b", "sdk 1.0.0")]), 0);
    assert_eq!(graph_of(vec![many("site.a", "sdk 1.0.0"), many("site.b", "sdk 1.0.1"), many("site.c", "sdk 1.0.1")]), 2);
}

#[test]
fn every_code_has_its_text_and_its_page_shows_it() {
    let cases: Vec<Case> = cases().into_iter().chain(locks::cases()).collect();
    assert!(cases.iter().map(|case| case.code).eq(CODES.iter().map(|code| code.0)), "one case for each code");
    for case in cases {
        let text = case.rendered();
        assert!(text.starts_with(&format!("  {} ", case.code)), "{text}");
        assert_eq!(text.matches("\n  KW").count(), 0, "one problem only:\n{text}");
        let page = format!("{}/../docs/errors/{}.md", env!("CARGO_MANIFEST_DIR"), case.code);
        let page_text = std::fs::read_to_string(&page).unwrap_or_default();
        assert!(
            page_text.contains(&format!("```text\n{text}\n```\n")),
            "docs/errors/{}.md does not show this text:\n{text}",
            case.code
        );
    }
}

/// A plugin outside the host's workspace knows its manifest by a name that means nothing there.
#[test]
fn manifests_are_named_as_the_host_finds_them() {
    let place = |file: &'static str, manifest: &'static str| {
        let mut clock = Plugin::new("site.clock", "1.2.0");
        clock.requires.push(requires("site.other", "^1"));
        let mut descriptor = *clock.describe();
        descriptor.requires = keep(vec![keyway_manifest::Requirement {
            location: Location { file, ..descriptor.requires[0].location },
            ..descriptor.requires[0]
        }]);
        let graph = Graph {
            plugins: &[keep(vec![descriptor]).first().expect("one")],
            sdk: None,
            available: &[Available { manifest, ..self::clock("1.2.0") }],
            libraries: &[],
            policy: &Policy::GRANT_REQUESTED,
            policy_file: "",
            lock: None,
        };
        let text = resolve_slice(&graph).expect_err("a plugin is missing").to_string();
        text.lines().nth(1).unwrap_or_default().trim().to_owned()
    };
    assert_eq!(place("plugin.toml", "../clock/plugin.toml"), "--> ../clock/plugin.toml:6:1");
    assert_eq!(place("plugin.toml", ""), "--> cms-plugin-clock/plugin.toml:6:1");
    assert_eq!(place("plugins/clock/plugin.toml", ""), "--> plugins/clock/plugin.toml:6:1");
    assert_eq!(place("the manifest of this plugin", ""), "--> the manifest of this plugin:6:1");
}

/// What explains other problems stands before them, or instead of them.
#[test]
fn a_cause_is_told_before_its_consequences() {
    let codes = |case: &Case| -> Vec<String> {
        let text = case.rendered();
        text.lines()
            .filter_map(|line| line.trim_start().get(..6))
            .filter(|word| word.starts_with("KW"))
            .map(str::to_owned)
            .collect()
    };
    let menu = |package: &str| {
        plugin("site.menu", "1.0.0", |menu| {
            menu.package = package.to_owned();
            menu.permissions.push(reads("content/**"));
        })
    };
    let allow = |id| rule(PolicyVerb::Allow, Some(id), 2, "allow = { \"filesystem.read\" = [\"content/**\"] }", &["content/**"]);

    let mut misspelt = Case::new(Code::UnknownPolicyPlugin, vec![menu("cms-plugin-menu")]);
    misspelt.rules.push(allow("site.mneu"));
    assert_eq!(codes(&misspelt), ["KW0315", "KW0313"]);

    let mut twice = Case::new(Code::DuplicateId, vec![menu("cms-plugin-menu"), menu("my-menu")]);
    twice.rules.push(allow("site.menus"));
    assert_eq!(codes(&twice), ["KW0305", "KW0315"], "which of the two the policy means is not known");
}

/// Variants whose help differs from the page's.
#[test]
fn help_depends_on_what_is_available() {
    let needs_clock = |range: &str| plugin("site.auth", "1.0.0", |auth| auth.requires.push(requires("site.clock", range)));
    let help = |case: &Case| case.rendered().lines().last().unwrap_or_default().trim_start().to_owned();

    let mut old = Case::new(Code::MissingPlugin, vec![needs_clock("^2")]);
    old.available.push(clock("1.2.0"));
    assert_eq!(
        help(&old),
        "help: `cms-plugin-clock` has `site.clock 1.2.0`, which does not fit: use a version of it that matches `^2` and enable feature `clock`"
    );

    let near = Case::new(
        Code::MissingPlugin,
        vec![needs_clock("^2"), Plugin::new("site.block", "1.0.0"), Plugin::new("site.clocks", "1.0.0")],
    );
    assert_eq!(
        help(&near),
        "help: similar names exist: `site.block`, `site.clocks`; otherwise add the package that holds `site.clock` to the host's \
         Cargo.toml, or build without `cms-plugin-auth`"
    );

    let far = Case::new(Code::MissingPlugin, vec![needs_clock("^2"), Plugin::new("org.example.weather", "1.0.0")]);
    assert_eq!(
        help(&far),
        "help: add the package that holds `site.clock` to the host's Cargo.toml, or build without `cms-plugin-auth`"
    );

    let needs_time = plugin("site.auth", "1.0.0", |auth| auth.requires.push(requires("service.time", "^2")));
    let mut old_service = Case::new(Code::MissingService, vec![needs_time]);
    old_service.available.push(clock("1.2.0"));
    assert_eq!(
        help(&old_service),
        "help: `cms-plugin-clock` provides `service.time 1.2.0`, which does not fit: use a version of it that provides one matching `^2` and \
         enable feature `clock`"
    );
}

/// A second line about a permission would be a duplicate, so the help changes the one that is there.
#[test]
fn a_rule_that_allows_too_little_is_changed() {
    let menu = plugin("site.menu", "1.0.0", |menu| menu.permissions.push(reads("content/**")));
    let mut case = Case::new(Code::PermissionNotAllowed, vec![menu]);
    let blog = "\"filesystem.read\" = [\"content/blog/**\"]";
    case.rules.push(rule(PolicyVerb::Allow, Some("site.menu"), 17, blog, &["content/blog/**"]));
    assert_eq!(
        case.rendered(),
        r#"  KW0313 plugin `site.menu` needs `filesystem.read` for `content/**`, which the policy does not allow
   --> plugins/menu/plugin.toml:6:1
    |
  6 | "filesystem.read" = { scope = ["content/**"], reason = "for the test" }
    | ^^^^^^^^^^^^^^^^^
   --> host-app/host.toml:17:1: allowed here, and no more
     |
  17 | "filesystem.read" = ["content/blog/**"]
     | ^^^^^^^^^^^^^^^^^
    help: change the rule in line 17 of host-app/host.toml to `"filesystem.read" = ["content/**"]`, narrow the scope in plugins/menu/plugin.toml:6:1 to `content/blog/**`, or build without `cms-plugin-menu`"#
            .replace("   --> host", "    --> host")
    );
}

/// Where libraries are taken, a rule about a plugin that the host does not know is no mistake by itself.
#[test]
fn a_rule_whose_id_may_be_misspelt_is_shown() {
    let told = |id: &str, native: Option<NativePolicy>| {
        let menu = plugin("site.menu", "1.0.0", |menu| menu.permissions.push(reads("content/**"))).describe();
        let allow = "allow = { \"filesystem.read\" = [\"content/**\"] }";
        let rules = keep(vec![rule(PolicyVerb::Allow, Some(id), 5, allow, &["content/**"])]);
        let policy = Policy { grant_unmentioned: false, rules, native, lock: LockRules::DEFAULT };
        let graph = Graph {
            plugins: &[menu],
            sdk: None,
            available: &[clock("1.0.0")],
            libraries: &[],
            policy: &policy,
            policy_file: "host-app/host.toml",
            lock: None,
        };
        resolve_slice(&graph).expect_err("it is not allowed").to_string()
    };
    let any = NativePolicy { require_signature: false, ..NativePolicy::DEFAULT };
    let text = told("site.mneu", Some(any));
    let expected = r#"
   --> host-app/host.toml:4:9: a rule about `site.mneu`, which is not in this build
    |
  4 | [plugin."site.mneu".permissions]
    |         ^^^^^^^^^^^
    help: add `"filesystem.read" = ["content/**"]` to `[plugin."site.menu".permissions.allow]` in host-app/host.toml, or build without `cms-plugin-menu`"#;
    assert!(text.starts_with("  KW0313 ") && text.ends_with(expected), "{text}");
    for id in ["site.clock", "acme.weather"] {
        assert!(!told(id, Some(any)).contains("a rule about"), "{id} is another plugin");
    }
    for none in [None, Some(NativePolicy::DEFAULT)] {
        let text = told("site.mneu", none);
        assert!(text.starts_with("  KW0315 ") && !text.contains("a rule about"), "it has been told: {text}");
    }
}

/// Whoever adds a plugin copies one block; each request keeps its own place.
#[test]
fn the_lines_that_a_new_plugin_needs_stand_together() {
    let request = |name: &str, scopes: &[&str]| (name.to_owned(), scopes.iter().map(|&scope| scope.to_owned()).collect(), false);
    let feed = plugin("site.feed", "1.0.0", |feed| feed.permissions.push(reads("feeds/**")));
    let menu = plugin("site.menu", "1.0.0", |menu| {
        menu.permissions.push(request("filesystem.read", &["content/**", "pages/**"]));
        menu.permissions.push(request("filesystem.write", &["cache/**"]));
        menu.permissions.push(request("storage.keys", &["menu/**"]));
    });
    let rendered = |rules: Vec<PolicyRule>| {
        let mut case = Case::new(Code::PermissionNotAllowed, vec![feed.clone(), menu.clone()]);
        case.rules = rules;
        case.rendered()
    };
    let denied = || PolicyRule {
        permission: "filesystem.write",
        ..rule(PolicyVerb::Deny, None, 2, "deny = { \"filesystem.write\" = true }", &[])
    };

    let new = rendered(vec![denied()]);
    assert_eq!(new.matches("KW0313").count(), 4, "{new}");
    assert_eq!(new.matches("plugins/menu/plugin.toml:").count(), 4, "each has its place:\n{new}");
    assert_eq!(new.matches("help: add").count(), 2, "one for each plugin:\n{new}");
    assert!(new.contains("add `\"filesystem.read\" = [\"feeds/**\"]` to `[plugin.\"site.feed\".permissions.allow]` in"), "{new}");
    let block = r#"    help: add to host-app/host.toml, or build without `cms-plugin-menu`:
      [plugin."site.menu".permissions.allow]
      "filesystem.read" = ["content/**", "pages/**"]
      "storage.keys" = ["menu/**"]"#;
    assert!(new.ends_with(block), "{new}");

    let allowed = PolicyRule {
        permission: "storage.keys",
        ..rule(PolicyVerb::Allow, Some("site.menu"), 5, "allow = { \"storage.keys\" = true }", &[])
    };
    let with_table = rendered(vec![allowed]);
    let block = r#"    help: add to `[plugin."site.menu".permissions.allow]` in host-app/host.toml, or build without `cms-plugin-menu`:
      "filesystem.read" = ["content/**", "pages/**"]
      "filesystem.write" = ["cache/**"]"#;
    assert!(with_table.ends_with(block), "a second table would not be TOML:\n{with_table}");
}

#[test]
fn names_that_resemble_are_three_at_most() {
    let mut plugins = vec![plugin("site.auth", "1.0.0", |auth| auth.requires.push(requires("site.clock", "^1")))];
    plugins.extend(["site.clock1", "site.clock2", "site.clock3", "site.clock4"].map(|id| Plugin::new(id, "1.0.0")));
    let text = Case::new(Code::MissingPlugin, plugins).rendered();
    assert!(text.contains("similar names exist: `site.clock1`, `site.clock2`, `site.clock3`; otherwise"), "{text}");
}

#[test]
fn long_lines_are_cut_and_the_caret_stays_below_its_word() {
    let mut wide = rule(PolicyVerb::Allow, Some("site.menu"), 5, "", &["**"]);
    wide.location.snippet = text(&format!("{}\t\"é\" = 1 {}", "ü".repeat(200), "x".repeat(300)));
    wide.location.column = 202;
    wide.location.width = 3;
    let mut case =
        Case::new(Code::GrantTooWide, vec![plugin("site.menu", "1.0.0", |menu| menu.permissions.push(reads("content/**")))]);
    case.rules.push(wide);
    case.rules.push(rule(PolicyVerb::Allow, None, 2, "", &[]));
    let rendered = case.rendered();
    let lines: Vec<&str> = rendered.lines().collect();
    let (source, carets) = (lines[3], lines[4]);
    let at = carets.chars().position(|character| character == '^').expect("a caret");
    assert_eq!(source.chars().skip(at).take(3).collect::<String>(), "\"é\"", "{rendered}");
    assert!(source.chars().count() < 135, "{rendered}");
    assert!(!source.contains('\t'), "a tab would shift the caret");
}

#[test]
fn one_ring_of_many_plugins_is_told_whole() {
    let ids: Vec<String> = (0..40).map(|index| format!("site.p{index:02}")).collect();
    let ring =
        |index: usize| plugin(&ids[index], "1.0.0", |plugin| plugin.requires.push(requires(&ids[(index + 1) % ids.len()], "^1")));
    let text = Case::new(Code::Cycle, (0..ids.len()).map(ring).collect()).rendered();
    assert_eq!(text.matches("KW03").count(), 1);
    for id in &ids {
        assert!(text.contains(&format!("`{id}` requires ")), "{id} is named in\n{text}");
    }
}

/// No build leaves out a plugin that comes as a library.
#[test]
fn a_library_is_removed_and_not_built_without() {
    let menu = plugin("site.menu", "1.0.0", |menu| {
        menu.requires.push(requires("site.other", "^1"));
    });
    let feed = plugin("site.feed", "1.0.0", |feed| {
        feed.conflicts.push(("site.menu".to_owned(), "*".to_owned()));
    });
    let descriptors = [menu.describe(), feed.describe()];
    let libraries = [descriptors[0].id];
    let graph = Graph {
        plugins: &descriptors,
        sdk: None,
        available: &[],
        libraries: &libraries,
        policy: &Policy::GRANT_REQUESTED,
        policy_file: "",
        lock: None,
    };
    let text = resolve_slice(&graph).expect_err("they do not fit").to_string();
    let helps: Vec<_> = text.lines().filter_map(|line| line.trim().strip_prefix("help: ")).collect();
    assert_eq!(
        helps,
        [
            "remove the library of `site.menu`, or build without `cms-plugin-feed`",
            "add the package that holds `site.other` to the host's Cargo.toml or its library to a folder of plugins, or remove the library of \
             `site.menu`",
        ]
    );
}
