//! A plugin graph with a fixed shape: each plugin requires a few of those before it, in versions that fit.

use keyway_manifest::{Comparator, Descriptor, Location, Operator, PluginId, Requirement, Target, Version, VersionRange};

/// Makes `count` descriptors that require `requirements` others each, as far as there are enough before them, in shuffled order.
///
/// The descriptors are given up to the program, as those of real plugins are.
#[must_use]
pub fn descriptors(count: usize, requirements: usize) -> Vec<&'static Descriptor> {
    let ids: Vec<PluginId> = (0..count).map(|index| PluginId::new(Box::leak(format!("site.plugin-{index:04}").into()))).collect();
    let mut random = 0x2545_f491_4f6c_dd1d_u64;
    let mut draw = move |below: usize| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        (random >> 33) as usize % below
    };
    let mut descriptors = Vec::with_capacity(count);
    for index in 0..count {
        let mut targets: Vec<usize> = (0..requirements.min(index)).map(|_| draw(index)).collect();
        targets.sort_unstable();
        targets.dedup();
        let requires = targets.into_iter().map(|target| requirement(ids[target], target)).collect();
        descriptors.push(&*Box::leak(Box::new(Descriptor {
            id: ids[index],
            version: version(index),
            package: ids[index].as_str(),
            requires: Vec::leak(requires),
            ..Descriptor::EMPTY
        })));
    }
    for end in (1..descriptors.len()).rev() {
        descriptors.swap(end, draw(end + 1));
    }
    descriptors
}

/// The version of the plugin at `index`: 1.`index`.7.
#[must_use]
pub const fn version(index: usize) -> Version {
    Version { major: 1, minor: index as u64, patch: 7, pre: "", build: "" }
}

fn requirement(id: PluginId, target: usize) -> Requirement {
    let caret = Comparator { operator: Operator::Caret, major: 1, minor: Some(target as u64), patch: None, pre: "" };
    let text = Box::leak(format!("^1.{target}").into());
    let range = VersionRange { text, comparators: Box::leak(Box::new([caret])) };
    Requirement { id, target: Target::Plugin, range, optional: false, reason: "", location: Location::UNKNOWN }
}
