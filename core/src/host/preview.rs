//! What a host would start, found out without starting it.

use std::sync::{Arc, PoisonError};

use keyway_manifest::{Descriptor, Requirement, Target};

use super::builder::HostBuilder;
use super::config::{Mistakes, PluginConfig};
use super::failure::{Phase, PluginError, PluginErrorKind};
use super::launch::Prepared;
use super::library::LibraryInfo;
use super::lineup::Entrant;
use super::native::Ordered;
use super::need::Need;
use super::settings::Settings;
use super::start_error::StartError;
use super::tell::tell;
use crate::plugin::Registration;

/// A plugin of a host, as [`HostBuilder::preview`] tells what would become of it.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct PlannedPlugin {
    /// What its manifest says.
    pub descriptor: &'static Descriptor,
    /// Its start level, from 0.
    pub level: u16,
    /// The library that it comes from; `None` for one that is linked in.
    pub library: Option<LibraryInfo>,
    /// Whether the configuration disables it: it would not be started before somebody enables it.
    pub is_disabled: bool,
    /// Why it would not be started though nobody has disabled it; the host can do without it.
    pub left_out: Option<PluginError>,
}

impl HostBuilder {
    /// Finds out which plugins [`start`](Self::start) would start, in start order, without starting any: native plugins are read, verified,
    /// compared and ordered as ever, and not loaded; linked ones read their settings, and nothing else of them runs. Nothing is written, and
    /// a user who may not read the data folder is told what is not known without it.
    ///
    /// # Errors
    /// As far as it goes, what `start` would answer: what is wrong with the configuration, with libraries and with how the plugins fit together;
    /// settings that a linked plugin cannot use (KW0609), and a disabled plugin that others need (KW0608).
    pub fn preview(mut self) -> Result<Vec<PlannedPlugin>, StartError> {
        let prepared = self.prepare(true).map_err(|problem| StartError::refused(vec![problem]).of_preview())?;
        let Prepared { lineup, settings, needs, problems, native, .. } = prepared;
        let notes = native.iter().flat_map(Ordered::notes);
        if !problems.is_empty() {
            return Err(StartError::refused(problems).with_notes(notes.cloned()).of_preview());
        }
        notes.for_each(|note| tell!(warn, {} "{note}"));
        let settings = Arc::new(settings);
        let mut planned: Vec<PlannedPlugin> = Vec::with_capacity(lineup.plugins.len());
        let mut fatal = Vec::new();
        for Entrant { registration, level, library } in lineup.plugins {
            let descriptor = registration.descriptor;
            let id = descriptor.id.as_str();
            let is_disabled = settings.disabled.iter().any(|disabled| disabled == id);
            let left_out =
                if is_disabled { None } else { unmet(descriptor, &planned).or_else(|| misconfigured(&registration, &settings)) };
            fatal.extend(left_out.clone().filter(|_| needs.of(id) == Need::Required));
            let library = library.as_deref().cloned();
            planned.push(PlannedPlugin { descriptor, level, library, is_disabled, left_out });
        }
        if fatal.is_empty() { Ok(planned) } else { Err(StartError::foreseen(fatal)) }
    }
}

/// The first mandatory requirement of a plugin that none of those before it in start order would satisfy.
fn unmet(descriptor: &'static Descriptor, earlier: &[PlannedPlugin]) -> Option<PluginError> {
    let satisfying = |requirement: &'static Requirement| {
        earlier.iter().filter(move |plugin| match requirement.target {
            Target::Plugin => plugin.descriptor.id == requirement.id,
            Target::Service => plugin.descriptor.provides.iter().any(|provision| provision.id == requirement.id),
        })
    };
    let would_run = |plugin: &PlannedPlugin| !plugin.is_disabled && plugin.left_out.is_none();
    let mut mandatory = descriptor.requires.iter().filter(|requirement| !requirement.optional);
    let requirement = mandatory.find(|requirement| !satisfying(requirement).any(would_run))?;
    let because = match satisfying(requirement).next() {
        None => "which this host does not have".to_owned(),
        Some(PlannedPlugin { left_out: Some(error), .. }) => match error.kind() {
            PluginErrorKind::RequirementNotRunning { .. } => "which was not started either".to_owned(),
            _ => format!("which failed ({})", error.code()),
        },
        Some(_) => "which the configuration disables".to_owned(),
    };
    let disabled = satisfying(requirement).find(|plugin| plugin.is_disabled).map(|plugin| plugin.descriptor.id);
    Some(PluginError::new(descriptor, PluginErrorKind::RequirementNotRunning { requirement, because, disabled }))
}

/// What keeps a linked plugin from using its settings. A library is asked for nothing before it is loaded.
fn misconfigured(registration: &Registration, settings: &Arc<Settings>) -> Option<PluginError> {
    let descriptor = registration.descriptor;
    let mistakes = Mistakes::default();
    let config = PluginConfig::new(descriptor, Arc::clone(settings), Arc::clone(&mistakes));
    let failure = (registration.check_config?)(Box::new(config)).err()?;
    let mistake = mistakes.lock().unwrap_or_else(PoisonError::into_inner).remove(&descriptor.id);
    Some(PluginError::from_failure(descriptor, Phase::Init, &failure).with_mistake(mistake))
}
