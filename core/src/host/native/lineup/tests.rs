//! Native plugins take the places that they would have if they were linked in.

use std::path::PathBuf;

use keyway_manifest::{
    Location, OrderHint, PermissionRequest, PluginId, Policy, PolicyRule, PolicyVerb, Provision, Requirement, ScopeKind, Target,
    Version, VersionRange,
};
use proptest::prelude::*;

use super::*;
use crate::Census;
use crate::plugin::Create;

/// What is random about one plugin.
#[derive(Debug, Clone)]
struct Random {
    native: bool,
    need: Need,
    /// Whom it requires: an index, taken modulo the number of plugins, and whether that is optional.
    requires: Vec<(usize, bool)>,
    after: Vec<usize>,
    service: Option<usize>,
    uses: Option<usize>,
}

fn random() -> impl Strategy<Value = Random> {
    let requires = prop::collection::vec((0..14_usize, any::<bool>()), 0..3);
    let after = prop::collection::vec(0..14_usize, 0..2);
    let service = || prop::option::weighted(0.3, 0..3_usize);
    let need = prop_oneof![Just(Need::Required), Just(Need::Optional)];
    (any::<bool>(), need, requires, after, service(), service())
        .prop_map(|(native, need, requires, after, service, uses)| Random { native, need, requires, after, service, uses })
}

fn leak(text: String) -> &'static str {
    text.leak()
}

fn id(index: usize) -> PluginId {
    PluginId::new(leak(format!("site.p{index:02}")))
}

fn service(index: usize) -> PluginId {
    PluginId::new(leak(format!("service.s{index}")))
}

/// Descriptors of random plugins; a requirement on a plugin with a higher number is rare, so that rings are.
fn describe(index: usize, random: &Random) -> &'static Descriptor {
    let requires = random.requires.iter().map(|&(other, optional)| (id(other % (index + 2)), Target::Plugin, optional));
    let uses = random.uses.map(|index| (service(index), Target::Service, index == 0));
    let mut requires: Vec<_> = requires
        .chain(uses)
        .filter(|(other, ..)| *other != id(index))
        .map(|(id, target, optional)| Requirement {
            id,
            target,
            range: VersionRange::ANY,
            optional,
            reason: "",
            location: Location::UNKNOWN,
        })
        .collect();
    requires.sort_by_key(|requirement| requirement.id);
    requires.dedup_by_key(|requirement| requirement.id);
    let mut after: Vec<_> =
        random.after.iter().map(|other| id(other % (index + 2))).filter(|other| *other != id(index)).collect();
    after.sort();
    after.dedup();
    let hint = |id| OrderHint { id, location: Location::UNKNOWN };
    let provision = |index| Provision {
        id: service(index),
        version: Version { major: 1, minor: 0, patch: 0, pre: "", build: "" },
        exclusive: index == 2,
        location: Location::UNKNOWN,
    };
    Box::leak(Box::new(Descriptor {
        id: id(index),
        version: Version { major: 1, minor: 0, patch: 0, pre: "", build: "" },
        package: leak(format!("package-{index}")),
        requires: requires.leak(),
        after: after.into_iter().map(hint).collect::<Vec<_>>().leak(),
        provides: random.service.map(provision).into_iter().collect::<Vec<_>>().leak(),
        ..Descriptor::EMPTY
    }))
}

fn registration(descriptor: &'static Descriptor) -> Registration {
    Registration {
        descriptor,
        create: Create::Linked(|_| unreachable!("the order of plugins is found without making one")),
        state: None,
        check_config: None,
    }
}

fn library() -> Arc<LibraryInfo> {
    let (path, digest) = (PathBuf::from("lib.so"), "sha256:0".to_owned());
    Arc::new(LibraryInfo { path, digest, publisher: None })
}

fn lineup(plugins: Vec<Entrant>) -> Lineup {
    Lineup {
        plugins,
        policy: Policy::GRANT_REQUESTED,
        policy_file: "",
        sdk: None,
        available: &[],
        lock: None,
        panic_abort: false,
        census: Census::default(),
    }
}

/// The start order of plugins that are all linked in, or the report of what is wrong with them; with the helps that suit `libraries`.
fn as_linked(plugins: &[&'static Descriptor], libraries: &[PluginId]) -> Result<Vec<(PluginId, u16)>, String> {
    let policy = Policy::GRANT_REQUESTED;
    let graph = Graph { plugins, sdk: None, available: &[], libraries, policy: &policy, policy_file: "", lock: None };
    let order = resolve_slice(&graph).map_err(|report| report.to_string())?;
    let levels = order.levels.iter().zip(0..);
    Ok(levels.flat_map(|(indices, level)| indices.iter().map(move |&index| (plugins[index].id, level))).collect())
}

fn order_of(lineup: &Lineup) -> Vec<(PluginId, u16)> {
    lineup.plugins.iter().map(|plugin| (plugin.registration.descriptor.id, plugin.level)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_lineup_of_both_tiers_is_that_of_all_plugins_linked_in(plugins in prop::collection::vec(random(), 0..14)) {
        let descriptors: Vec<_> = plugins.iter().enumerate().map(|(index, random)| describe(index, random)).collect();
        let of = |native| plugins.iter().zip(&descriptors).filter(move |(random, _)| random.native == native);
        let libraries: Vec<_> = of(true).map(|(_, plugin)| plugin.id).collect();
        let linked: Vec<_> =
            of(false).map(|(_, plugin)| Entrant { registration: registration(plugin), level: 0, library: None }).collect();
        let joining: Vec<_> = of(true)
            .map(|(random, plugin)| Joining { registration: registration(plugin), library: library(), need: random.need, is_refused: false })
            .collect();
        let must: Vec<_> = of(false)
            .chain(of(true).filter(|(random, _)| random.need == Need::Required))
            .map(|(_, plugin)| *plugin)
            .collect();
        let mut lineup = lineup(linked);
        // An order that no compiler found is left alone when nothing joins it.
        prop_assume!(!joining.is_empty());
        match (as_linked(&descriptors, &libraries), lineup.join(joining)) {
            (Ok(order), Ok(left_out)) => {
                prop_assert!(left_out.is_empty());
                prop_assert_eq!(order_of(&lineup), order);
            }
            (Ok(_), Err(report)) => prop_assert!(false, "{report}"),
            (Err(_), Ok(left_out)) => {
                prop_assert!(!left_out.is_empty());
                let kept: Vec<_> = lineup.plugins.iter().map(|plugin| plugin.registration.descriptor).collect();
                prop_assert_eq!(order_of(&lineup), as_linked(&kept, &libraries).unwrap());
                prop_assert!(must.iter().all(|plugin| kept.iter().any(|kept| kept.id == plugin.id)));
                for plugin in &left_out {
                    let with: Vec<_> = kept.iter().copied().chain([plugin.plugin]).collect();
                    let why = as_linked(&with, &libraries).unwrap_err();
                    prop_assert!(plugin.problem.message().contains(&why), "{} and not {}", plugin.problem, why);
                }
                prop_assert_eq!(kept.len() + left_out.len(), descriptors.len());
            }
            (Err(_), Err(report)) => {
                let why = as_linked(&must, &libraries).unwrap_err();
                prop_assert_eq!(report.to_string(), why);
            }
        }
    }
}

#[test]
fn without_native_plugins_the_order_of_the_compiler_stays() {
    let alone = Random { native: false, need: Need::Required, requires: vec![], after: vec![], service: None, uses: None };
    let entrant = |index, level| Entrant { registration: registration(describe(index, &alone)), level, library: None };
    let mut lineup = lineup(vec![entrant(3, 5), entrant(1, 9)]);
    assert!(lineup.join(Vec::new()).unwrap().is_empty());
    assert_eq!(order_of(&lineup), [(id(3), 5), (id(1), 9)]);
}

#[test]
fn an_optional_plugin_that_does_not_fit_is_left_out_alone() {
    let plugin = |requires: Vec<(usize, bool)>| Random {
        native: true,
        need: Need::Optional,
        requires,
        after: vec![],
        service: None,
        uses: None,
    };
    // 0 requires 1, 1 requires nothing, and 2 requires 3, which is not there.
    let random = [plugin(vec![(1, false)]), plugin(vec![]), plugin(vec![(3, false)])];
    let joining = |index: usize| Joining {
        registration: registration(describe(index, &random[index])),
        library: library(),
        need: Need::Optional,
        is_refused: false,
    };
    let mut lineup = lineup(Vec::new());
    let left_out = lineup.join(vec![joining(0), joining(1), joining(2)]).unwrap();
    assert_eq!(order_of(&lineup), [(id(1), 0), (id(0), 1)]);
    assert_eq!(left_out.iter().map(|plugin| plugin.plugin.id).collect::<Vec<_>>(), [id(2)]);
    assert!(left_out[0].problem.to_string().contains("KW0302"), "{}", left_out[0].problem);
}

/// A manifest of a refused library is worth nothing: neither what it asks for is told nor what the policy says about it, and who needs
/// the plugin is not told that it is missing.
#[test]
fn of_a_refused_library_nothing_else_is_told() {
    let rule = |permission| PolicyRule {
        plugin: Some(id(1)),
        plugin_location: Location::UNKNOWN,
        verb: PolicyVerb::Allow,
        permission,
        scopes: &["content/**"],
        location: Location::UNKNOWN,
    };
    let request = PermissionRequest {
        name: "filesystem.read",
        scopes: &["content/**"],
        scope_kind: ScopeKind::Path,
        reason: "for the test",
        optional: false,
        location: Location::UNKNOWN,
    };
    let plain = |requires| Random { native: true, need: Need::Required, requires, after: vec![], service: None, uses: None };
    let needy = describe(0, &plain(vec![(1, false)]));
    let asking = |permissions: &'static [PermissionRequest]| -> &'static Descriptor {
        Box::leak(Box::new(Descriptor { permissions, ..*describe(1, &plain(vec![])) }))
    };
    let join = |is_refused, permissions, rules: &[PolicyRule]| {
        let mut lineup = lineup(Vec::new());
        lineup.policy = Policy { rules: rules.to_vec().leak(), grant_unmentioned: false, ..Policy::GRANT_REQUESTED };
        lineup.policy_file = "host.toml";
        let joining = |descriptor, is_refused| Joining {
            registration: registration(descriptor),
            library: library(),
            need: Need::Required,
            is_refused,
        };
        let asking = asking(permissions);
        let joined = lineup.join(vec![joining(needy, false), joining(asking, is_refused)]);
        joined.map(|left_out| left_out.len()).map_err(|report| Problem::of_graph(&report).to_string())
    };
    let told = join(false, vec![request].leak(), &[]).unwrap_err();
    assert_eq!(
        told,
        "KW0625 the plugins do not fit together:\n  KW0313 plugin `site.p01` needs `filesystem.read` for `content/**`, which the policy does \
         not allow\n    help: add `\"filesystem.read\" = [\"content/**\"]` to `[plugin.\"site.p01\".permissions.allow]` in host.toml, or \
         remove the library of `site.p01`"
    );
    assert_eq!(join(true, vec![request].leak(), &[]), Ok(0));
    let too_wide = join(false, &[], &[rule("filesystem.read")]).unwrap_err();
    assert!(too_wide.contains("KW0314"), "{too_wide}");
    assert_eq!(join(true, &[], &[rule("filesystem.read")]), Ok(0));
}
