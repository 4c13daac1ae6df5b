//! Problems about events.

use super::{help, push_version, push_versioned};
use crate::message::Text;
use crate::{Descriptor, EventEntry, EventRole, text};

pub(super) const fn mismatch(
    out: &mut Text<'_>,
    plugin: &Descriptor,
    entry: &EventEntry,
    other: &Descriptor,
    other_entry: &EventEntry,
) {
    out.push("plugins `").push(plugin.id.as_str()).push("` and `").push(other.id.as_str());
    out.push("` mean different events by the topic `").push(entry.event.topic.as_str()).push("`\n");
    push_side(out, plugin, entry);
    push_side(out, other, other_entry);
    help(out);
    if text::equal(entry.event.package, other_entry.event.package) {
        out.push("let both use one of the two types, or give one of them another topic\n");
    } else {
        out.push("build both plugins with the same version of the crate that declares the event\n");
    }
}

const fn push_side(out: &mut Text<'_>, plugin: &Descriptor, entry: &EventEntry) {
    out.push("    ");
    push_versioned(out, plugin.id.as_str(), &plugin.version);
    out.push(match entry.role {
        EventRole::Publishes => " publishes `",
        EventRole::Subscribes => " subscribes to `",
    });
    out.push(entry.event.type_path).push("` ");
    push_version(out, &entry.event.version);
    out.push(" of `").push(entry.event.package).push("`\n");
}
