//! The settings of a plugin: the defaults of its manifest, and values that do not fit.

use std::sync::Arc;

use toml::{Table, Value};

use super::run::Run;
use super::{Conformance, Examined};
use crate::host::{PluginErrorKind, StartError};
use crate::testing::folder::Folder;

pub(super) async fn examine(kit: &Conformance, examined: &mut Examined) {
    let defaults = match kit.plugin.config_defaults.parse::<Table>() {
        Ok(defaults) => defaults,
        Err(error) => {
            examined.found("read `[config]` of the manifest", error.to_string(), "write TOML");
            return;
        }
    };
    let count = defaults.len();
    examined.did = format!("start with the defaults, and with a value of another type for each of {count} settings");
    let Some(run) = Run::begin(kit, examined).await else { return };
    run.stop(examined).await;
    let takes_unknown =
        is_taken(kit, Table::from_iter([("keyway-conformance".to_owned(), Value::Boolean(true))]), examined).await;
    for (key, value) in &defaults {
        let mut taken = Vec::new();
        for other in values().into_iter().filter(|other| !same_type(other, value)) {
            let name = other.type_str();
            if !is_taken(kit, Table::from_iter([(key.clone(), other)]), examined).await {
                taken.clear();
                break;
            }
            taken.push(name);
        }
        // Where unknown settings are refused, this one is known: it is meant to take all.
        if !taken.is_empty() && takes_unknown {
            let help = format!(
                "read `{key}` in the plugin's `Config`, or remove it from the manifest; with `#[serde(deny_unknown_fields)]` a setting that \
                 nobody reads is an error"
            );
            let saw = format!("`{key}` of `[config]` is taken whatever it is: {}", taken.join(", "));
            examined.found(format!("start with `{key}` of another type"), saw, help);
        }
    }
}

/// Whether the plugin starts with these settings over its own. What is refused is refused with an error, not with a panic.
async fn is_taken(kit: &Conformance, settings: Table, examined: &mut Examined) -> bool {
    let did = format!("start with `{}`", settings.to_string().trim_end());
    let host = kit.test_host(&Arc::new(Folder::new())).settings(kit.plugin.id.as_str(), settings);
    match Run::try_begin(kit, host).await {
        Ok(run) => {
            run.stop(examined).await;
            true
        }
        Err(error) => {
            look_for_panic(kit, &did, &error, examined);
            false
        }
    }
}

fn look_for_panic(kit: &Conformance, did: &str, error: &StartError, examined: &mut Examined) {
    let own = error.failures().filter(|failure| failure.plugin() == kit.plugin.id.as_str());
    for failure in own.filter(|failure| matches!(failure.kind(), PluginErrorKind::Panicked { .. })) {
        examined.found(did, failure.to_string(), "answer an error that names the setting");
    }
}

/// A value of each type, those that fit the fewest settings first.
fn values() -> [Value; 5] {
    [
        Value::Array(vec![Value::Array(Vec::new())]),
        Value::Boolean(true),
        Value::Table(Table::from_iter([("keyway-conformance".to_owned(), Value::Array(Vec::new()))])),
        Value::Float(-0.5),
        Value::String("keyway conformance".to_owned()),
    ]
}

/// Whether a value says nothing about a setting of this type.
fn same_type(other: &Value, value: &Value) -> bool {
    // A setting in seconds may well take fractions.
    other.same_type(value) || (other.is_float() && value.is_integer())
}
