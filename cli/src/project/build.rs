//! One build of a host: the plugins that some features on some target bring in.

use std::collections::BTreeSet;

use keyway_build::project::{Gathered, KnownPlugin, Selection};
use keyway_manifest::parse::nearest;
use keyway_manifest::{Descriptor, Graph, Order, Policy, Report, resolve_slice};

use super::Project;
use super::platform::Platform;
use crate::arguments::BuildArguments;
use crate::failure::{Class, Failure, NO_FEATURE, NO_PLUGIN, REFUSED};
use crate::session::Session;

/// The features and the target of a build.
#[derive(Debug, Clone)]
pub(crate) struct Chosen {
    features: BTreeSet<String>,
    platform: Platform,
}

impl Selection for Chosen {
    fn has_feature(&self, feature: &str) -> bool {
        self.features.contains(feature)
    }

    fn cfg_is_set(&self, name: &str) -> bool {
        self.platform.is_set(name)
    }

    fn cfg_has(&self, name: &str, value: &str) -> bool {
        self.platform.has(name, value)
    }
}

/// One build of a host.
#[derive(Debug)]
pub(crate) struct Build<'a> {
    project: &'a Project,
    chosen: Chosen,
    gathered: Gathered,
    policy_file: &'static str,
}

impl Project {
    /// The build that arguments ask for.
    ///
    /// # Errors
    /// A feature that the host does not have, or a target that rustc does not know.
    pub(crate) fn build(&self, arguments: &BuildArguments) -> Result<Build<'_>, Failure> {
        let features = self.features(arguments)?;
        Ok(self.build_with(&features, self.platform(arguments.target.as_deref())?))
    }

    /// The build with these features and what they turn on.
    pub(crate) fn build_with(&self, features: &BTreeSet<String>, platform: Platform) -> Build<'_> {
        self.build_of(self.choose(features, platform))
    }

    /// These features and what they turn on, for a target.
    pub(crate) fn choose(&self, features: &BTreeSet<String>, platform: Platform) -> Chosen {
        let closure = self.host.features.closure(features.iter().map(String::as_str));
        Chosen { features: closure.into_iter().map(str::to_owned).collect(), platform }
    }

    /// The build with the chosen features.
    pub(crate) fn build_of(&self, chosen: Chosen) -> Build<'_> {
        let gathered = self.known.select(&chosen);
        let policy_file = self.policy_file.as_deref().map_or("", |file| String::leak(self.shown(file)));
        Build { project: self, chosen, gathered, policy_file }
    }

    /// What rustc knows of the target; rustc is only asked when a plugin depends on it.
    pub(crate) fn platform(&self, target: Option<&str>) -> Result<Platform, Failure> {
        let mut conditions = self.host.dependencies.iter().flat_map(|dependency| &dependency.conditions);
        let asks = conditions.any(|condition| condition.target.is_some())
            || self.plugins().iter().any(|plugin| plugin.predicate.is_some());
        if asks || target.is_some() { Platform::ask(target) } else { Ok(Platform::default()) }
    }

    /// The features that are known to bring in plugins by themselves, sorted. Every set of plugins that a build can have comes from a set of
    /// these.
    pub(crate) fn elementary_features(&self) -> BTreeSet<String> {
        let conditions = self.host.dependencies.iter().flat_map(|dependency| &dependency.conditions);
        let mut features: BTreeSet<String> = conditions.flat_map(|condition| condition.features.iter().cloned()).collect();
        // What `host!` lists itself may stand under any predicate.
        let predicates = || self.plugins().iter().filter_map(|plugin| plugin.predicate.as_deref());
        let named =
            self.host.features.names().filter(|name| predicates().any(|predicate| predicate.contains(&format!("{name:?}"))));
        features.extend(named.map(str::to_owned));
        features
    }

    /// All features that make a difference to the plugins, sorted.
    pub(crate) fn features_about_plugins(&self) -> Vec<String> {
        let elementary = self.elementary_features();
        let matters = |name: &&str| self.host.features.closure([*name]).iter().any(|feature| elementary.contains(*feature));
        self.host.features.names().filter(matters).map(str::to_owned).collect()
    }

    /// The features that are asked for.
    ///
    /// # Errors
    /// A feature that the host does not have.
    pub(crate) fn features(&self, arguments: &BuildArguments) -> Result<BTreeSet<String>, Failure> {
        let known = &self.host.features;
        let named = arguments.features.iter().flat_map(|features| features.split_whitespace());
        let mut features = BTreeSet::new();
        for feature in named {
            // A feature of a dependency (`dependency/feature`) is for the dependency to know.
            if feature.contains('/') {
                continue;
            }
            if !known.contains(feature) {
                let help = match nearest(feature, known.names()).first() {
                    Some(near) => format!("a similar feature exists: `{near}`"),
                    None => format!("`[features]` of `{}` lists the features that there are", self.name()),
                };
                let message = format!("`{}` has no feature `{feature}`", self.name());
                return Err(Failure::new(Class::Arguments, NO_FEATURE, message).help(help));
            }
            features.insert(feature.to_owned());
        }
        if arguments.all_features {
            features.extend(known.names().map(str::to_owned));
        } else if !arguments.no_default_features {
            features.insert("default".to_owned());
        }
        Ok(features)
    }
}

impl<'a> Build<'a> {
    /// The host.
    pub(crate) const fn project(&self) -> &'a Project {
        self.project
    }

    /// The features of the build: those asked for, and what they turn on.
    pub(crate) const fn features(&self) -> &BTreeSet<String> {
        &self.chosen.features
    }

    /// The plugins, as the resolver sees them. [`Order`] names them by their index here.
    pub(crate) fn plugins(&self) -> &[&'static Descriptor] {
        &self.gathered.plugins
    }

    /// What was gathered about the build, for the graph files of `keyway-build`.
    pub(crate) const fn gathered(&self) -> &Gathered {
        &self.gathered
    }

    /// Tells whether a plugin that the host knows is in the build.
    pub(crate) fn has(&self, plugin: &KnownPlugin) -> bool {
        plugin.is_enabled(&self.chosen)
    }

    /// What the resolver looks at.
    pub(crate) fn graph(&self) -> Graph<'_> {
        Graph {
            plugins: &self.gathered.plugins,
            sdk: self.project.sdk,
            available: &self.gathered.available,
            libraries: &[],
            policy: &self.project.policy,
            policy_file: self.policy_file,
            lock: self.project.held.as_ref(),
        }
    }

    /// The start order, or all that is wrong: what the compiler says about the same build.
    ///
    /// # Errors
    /// Everything that is wrong.
    pub(crate) fn resolve(&self) -> Result<Order, Report> {
        resolve_slice(&self.graph())
    }

    /// The start order of the plugins: what is approved of them and what the policy allows is no part of it. For a build that those refuse
    /// there is a remark to give beside the answer.
    ///
    /// # Errors
    /// The plugins do not fit together, so that they have none.
    fn order(&self) -> Result<(Order, Option<String>), Failure> {
        let refused = match self.resolve() {
            Ok(order) => return Ok((order, self.remark_on_lock())),
            Err(report) => report,
        };
        let alone = Graph { lock: None, policy: &Policy::GRANT_REQUESTED, ..self.graph() };
        match resolve_slice(&alone) {
            Ok(order) => {
                let count = refused.problems.len();
                let problems = if count == 1 { "1 problem".to_owned() } else { format!("{count} problems") };
                let remark = format!(
                    "the lock or the policy refuses this build: {problems}, which `cargo keyway check` with the same features shows"
                );
                Ok((order, self.remark_on_lock().or(Some(remark))))
            }
            Err(report) => {
                let lines: Vec<&str> =
                    report.texts().into_iter().filter_map(|text| text.lines().next()).map(str::trim_start).collect();
                let message = format!(
                    "the plugins of this build of `{}` do not fit together, so they have no start order",
                    self.project.name()
                );
                let failure = Failure::new(Class::Project, REFUSED, message);
                Err(Failure { detail: lines.join("\n"), ..failure }
                    .help("`cargo keyway check` with the same features says how to mend it"))
            }
        }
    }

    /// As [`order`](Self::order), with the remark told on standard error.
    ///
    /// # Errors
    /// The plugins do not fit together, so that they have none.
    pub(crate) fn told_order(&self, session: &Session) -> Result<Order, Failure> {
        let (order, remark) = self.order()?;
        remark.into_iter().for_each(|remark| session.notice(&remark));
        Ok(order)
    }

    /// What is to be said beside an answer that a lock with mistakes would have been part of.
    fn remark_on_lock(&self) -> Option<String> {
        let is_broken = !self.project.lock_mistakes().is_empty();
        is_broken.then(|| {
            let file = self.project.shown(&self.project.lock_file());
            format!("`{file}` cannot be used; `cargo keyway check` says why")
        })
    }

    /// What is said of a plugin that the host knows and the build leaves out.
    pub(crate) fn without(&self, id: &str) -> Failure {
        Failure::new(Class::Arguments, NO_PLUGIN, format!("`{id}` is not in this build"))
            .help(format!("`cargo keyway why {id}` says which feature would bring it in"))
    }
}
