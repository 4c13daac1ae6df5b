//! Plugins and the lock: the whole text of each problem, and what is no problem.

use keyway_manifest::{
    Approval, Available, Code, Descriptor, Graph, Location, Lock, LockAnswer, LockRules, LockedDay, LockedPermission,
    LockedPlugin, LockedTier, PluginId, Policy, check_lock, resolve_slice,
};

use super::maker::{Plugin, keep, text, version};
use super::texts::{Case, plugin};

/// 2026-11-21 in days since 1970.
const TODAY: u32 = 20_778;
const ON: &str = "2026-11-21T18:00:00Z";
const BY: &str = "ada@example.org";

fn approved(in_version: &str, until: Option<LockedDay>) -> Approval {
    Approval::Approved { by: BY, on: ON, version: version(in_version), until }
}

/// A permission with a scope of paths.
fn reads(scopes: &[&str], optional: bool) -> LockedPermission {
    LockedPermission { name: "filesystem.read", scopes: keep(scopes.iter().map(|scope| text(scope)).collect()), optional }
}

fn locked(id: &str, permissions: &[LockedPermission], approval: Approval) -> LockedPlugin {
    let header = format!("[plugin.\"{id}\"]");
    LockedPlugin {
        id: PluginId::new(text(id)),
        version: version("1.0.0"),
        tier: LockedTier::Static,
        manifest: "",
        approved: keep(permissions.to_vec()),
        artifacts: &[],
        approval,
        location: Location {
            file: "host-app/keyway.lock",
            line: 9,
            column: 9,
            snippet: text(&header),
            width: u32::try_from(id.len() + 2).expect("short"),
        },
    }
}

fn lock(plugins: Vec<LockedPlugin>) -> Lock {
    Lock { plugins: keep(plugins), file: "host-app/keyway.lock", today: TODAY }
}

fn menu(version: &str, scopes: &[&str], optional: bool) -> Plugin {
    plugin("site.menu", version, |menu| {
        let scopes = scopes.iter().map(|scope| (*scope).to_owned()).collect();
        menu.permissions.push(("filesystem.read".to_owned(), scopes, optional));
    })
}

fn held(code: Code, plugin: Plugin, locked: LockedPlugin) -> Case {
    let mut case = Case::new(code, vec![plugin]);
    case.available.push(Available {
        id: PluginId::new("site.menu"),
        version: version("1.0.0"),
        package: "cms-plugin-menu",
        feature: "menu",
        manifest: "",
        provides: &[],
    });
    case.lock = Some(lock(vec![locked]));
    case
}

/// One graph for each code of the lock, in the order of the codes.
pub(crate) fn cases() -> Vec<Case> {
    let content = || menu("1.0.0", &["content/**"], false);
    let of_menu = |permissions: &[LockedPermission], approval| locked("site.menu", permissions, approval);
    let mut version_asked = held(
        Code::VersionNotApproved,
        menu("1.1.0", &["content/**"], false),
        of_menu(&[reads(&["content/**"], false)], approved("1.0.0", None)),
    );
    version_asked.held.version = LockAnswer::Ask;
    let mut narrowed = held(
        Code::Narrowed,
        menu("1.1.0", &["content/pages/**"], false),
        of_menu(&[reads(&["content/**"], false)], approved("1.0.0", None)),
    );
    narrowed.held.narrowing = LockAnswer::Ask;
    let mut missing = Case::new(Code::LockMissing, vec![content()]);
    missing.held.required = true;
    let ended = LockedDay { days: TODAY - 1, text: "2026-11-20" };
    let reason = "it reads drafts";
    vec![
        held(Code::NotLocked, content(), locked("site.feed", &[], approved("1.0.0", None))),
        held(
            Code::Widened,
            menu("1.1.0", &["content/**", "media/**"], false),
            of_menu(&[reads(&["content/**"], false)], approved("1.0.0", None)),
        ),
        held(Code::NotApproved, content(), of_menu(&[reads(&["content/**"], false)], Approval::Pending)),
        held(Code::Denied, content(), of_menu(&[], Approval::Denied { by: BY, on: ON, reason })),
        held(Code::Revoked, content(), of_menu(&[], Approval::Revoked { by: BY, on: ON, reason })),
        held(Code::ApprovalEnded, content(), of_menu(&[reads(&["content/**"], false)], approved("1.0.0", Some(ended)))),
        version_asked,
        narrowed,
        missing,
        held(
            Code::LockedOtherwise,
            content(),
            LockedPlugin { tier: LockedTier::Native, ..of_menu(&[reads(&["content/**"], false)], approved("1.0.0", None)) },
        ),
    ]
}

/// The first lines of the problems between one plugin and what was approved of it in version 1.0.0.
fn told(plugin: &Plugin, permissions: &[LockedPermission], rules: LockRules) -> Vec<String> {
    let mut case = held(Code::Widened, plugin.clone(), locked("site.menu", permissions, approved("1.0.0", None)));
    case.held = rules;
    let text = match case.report() {
        Ok(_) => return Vec::new(),
        Err(report) => report.to_string(),
    };
    text.lines().filter(|line| line.starts_with("  KW08")).map(|line| line.trim_start().to_owned()).collect()
}

#[test]
fn what_was_approved_passes_in_whatever_order_and_version() {
    let rules = LockRules::DEFAULT;
    let both = [reads(&["content/**", "media/**"], false)];
    assert!(told(&menu("1.0.0", &["media/**", "content/**"], false), &both, rules).is_empty());
    assert!(told(&menu("2.0.0", &["content/a"], false), &both, rules).is_empty(), "less, in another version");
    assert!(told(&menu("1.0.0", &["content/**"], true), &both, rules).is_empty(), "an optional permission is less");
    assert!(told(&plugin("site.menu", "1.0.0", |_| ()), &both, rules).is_empty(), "nothing is less");
}

#[test]
fn each_widening_says_what_of_it_was_not_approved() {
    let rules = LockRules::DEFAULT;
    let content = [reads(&["content/**"], false)];
    assert_eq!(
        told(&menu("1.0.0", &["content/**"], false), &[], rules),
        ["KW0821 plugin `site.menu 1.0.0` asks for `filesystem.read`, which was not approved"]
    );
    assert_eq!(
        told(&menu("1.0.0", &["content/a", "drafts/**", "media/**"], false), &content, rules),
        ["KW0821 plugin `site.menu 1.0.0` asks for more of `filesystem.read` than was approved: `drafts/**`, `media/**`"]
    );
    let optional = [reads(&["content/**"], true)];
    assert_eq!(
        told(&menu("1.0.0", &["content/**"], false), &optional, rules),
        ["KW0821 plugin `site.menu 1.0.0` cannot do without `filesystem.read` any more, which was approved as optional"]
    );
    assert_eq!(
        told(&menu("1.0.0", &["content/**", "media/**"], false), &optional, rules),
        ["KW0821 plugin `site.menu 1.0.0` asks for more of `filesystem.read` than was approved: `media/**`; and it cannot do \
             without `filesystem.read` any more, which was approved as optional"]
    );
}

#[test]
fn what_is_less_is_told_where_the_policy_asks() {
    let rules = LockRules { narrowing: LockAnswer::Ask, ..LockRules::DEFAULT };
    let both = [reads(&["content/**", "media/**"], false)];
    let of =
        |what: &str| vec![format!("KW0827 plugin `site.menu 1.0.0` {what}, and the policy asks for an approval of that too")];
    assert!(told(&menu("1.0.0", &["media/**", "content/**"], false), &both, rules).is_empty());
    assert_eq!(told(&plugin("site.menu", "1.0.0", |_| ()), &both, rules), of("no longer asks for `filesystem.read`"));
    assert_eq!(
        told(&menu("1.0.0", &["content/a"], true), &both, rules),
        of(
            "asks for less of `filesystem.read` than was approved: no longer for all of `content/**`, `media/**`; and it can do without \
            `filesystem.read` now"
        )
    );
    assert_eq!(told(&menu("1.0.0", &["content/**", "media/**"], true), &both, rules), of("can do without `filesystem.read` now"));
}

/// A new approval is about the version and about all that is asked for, so a widening is all that is told.
#[test]
fn what_needs_a_new_approval_in_any_case_is_told_alone() {
    let rules = LockRules { narrowing: LockAnswer::Ask, version: LockAnswer::Ask, ..LockRules::DEFAULT };
    let told = told(&menu("1.1.0", &["media/**"], false), &[reads(&["content/**"], false)], rules);
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].starts_with("KW0821"), "{told:?}");
}

#[test]
fn what_a_person_wrote_stays_on_its_line() {
    let approval = Approval::Denied { by: "\u{1b}[31mada", on: ON, reason: "reads\ndrafts, größtenteils\u{7f}" };
    let text = held(Code::Denied, menu("1.0.0", &["content/**"], false), locked("site.menu", &[], approval)).rendered();
    let first = text.lines().next().unwrap_or_default();
    assert!(first.ends_with("was denied by  [31mada on 2026-11-21: reads drafts, größtenteils "), "{first:?}");
}

#[test]
fn an_approval_holds_on_its_last_day() {
    let graph = |days: u32| {
        let until = LockedDay { days, text: "2026-11-21" };
        let locked = locked("site.menu", &[], approved("1.0.0", Some(until)));
        let plugins = [plugin("site.menu", "1.0.0", |_| ()).describe()];
        let lock = lock(vec![locked]);
        let graph = Graph {
            plugins: &plugins,
            sdk: None,
            available: &[],
            libraries: &[],
            policy: &Policy::GRANT_REQUESTED,
            policy_file: "",
            lock: Some(&lock),
        };
        resolve_slice(&graph).is_ok()
    };
    assert!(graph(TODAY) && graph(TODAY + 1) && !graph(TODAY - 1));
}

/// What a feature leaves out is not looked at, and of several plugins each finds its own line.
#[test]
fn only_what_is_built_is_held_to_the_lock() {
    let of = |id: &str, approval| locked(id, &[], approval);
    let lock = lock(vec![
        of("site.auth", Approval::Pending),
        of("site.clock", approved("1.0.0", None)),
        of("site.feed", Approval::Denied { by: BY, on: ON, reason: "" }),
        of("site.menu", approved("1.0.0", None)),
        of("site.zoo", Approval::Pending),
    ]);
    let codes = |ids: &[&str]| -> Vec<String> {
        let plugins: Vec<&'static Descriptor> = ids.iter().map(|id| Plugin::new(id, "1.0.0").describe()).collect();
        let graph = Graph {
            plugins: &plugins,
            sdk: None,
            available: &[],
            libraries: &[],
            policy: &Policy::GRANT_REQUESTED,
            policy_file: "",
            lock: Some(&lock),
        };
        let problems = resolve_slice(&graph).err().map(|report| report.problems).unwrap_or_default();
        problems.iter().map(|problem| problem.code().to_string()).collect()
    };
    assert!(codes(&["site.menu", "site.clock"]).is_empty());
    assert_eq!(codes(&["site.zoo", "site.menu", "site.clerk", "site.feed", "site.zz"]), ["KW0820", "KW0823", "KW0822", "KW0820"]);
}

#[test]
fn a_library_is_held_to_the_same_rules_in_words_about_libraries() {
    let native = |rules: LockRules, locked: LockedPlugin, plugin: &Plugin| {
        let lock = lock(vec![locked]);
        let policy = Policy { lock: rules, ..Policy::GRANT_REQUESTED };
        let plugins = [plugin.describe()];
        let graph = Graph {
            plugins: &plugins,
            sdk: None,
            available: &[],
            libraries: &[PluginId::new("site.menu")],
            policy: &policy,
            policy_file: "host.toml",
            lock: Some(&lock),
        };
        check_lock(&graph).err().map(|report| report.to_string()).unwrap_or_default()
    };
    let library = |permissions: &[LockedPermission]| LockedPlugin {
        tier: LockedTier::Native,
        ..locked("site.menu", permissions, approved("1.0.0", None))
    };
    let content = menu("1.0.0", &["content/**"], false);
    assert_eq!(native(LockRules::DEFAULT, library(&[reads(&["content/**"], false)]), &content), "");
    let text = native(LockRules::DEFAULT, library(&[]), &content);
    assert!(
        text.contains("KW0821")
            && text
                .ends_with("with `cargo keyway approve site.menu` and build the host anew, or remove the library of `site.menu`"),
        "{text}"
    );
    let text = native(LockRules::DEFAULT, LockedPlugin { id: PluginId::new("site.feed"), ..library(&[]) }, &content);
    assert!(
        text.starts_with("  KW0820 ")
            && text.contains("put it into host-app/keyway.lock with `cargo keyway lock --native FOLDER`, look at"),
        "{text}"
    );
    let linked = locked("site.menu", &[reads(&["content/**"], false)], approved("1.0.0", None));
    let text = native(LockRules::DEFAULT, linked, &content);
    assert!(
        text.starts_with("  KW0829 plugin `site.menu 1.0.0` is a library, and the lock has it as one that is linked in"),
        "{text}"
    );
    let any = LockRules { artifacts: LockAnswer::Pass, ..LockRules::DEFAULT };
    assert_eq!(native(any, linked, &content), "", "a host that takes any library of a plugin");
}
