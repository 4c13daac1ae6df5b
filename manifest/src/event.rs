//! What is known about an event while compiling: its topic, its version, and which type it is.

use crate::message::{MESSAGE_BYTES, Message, Text};
use crate::{AfterPanic, BreakOn, Descriptor, FailurePolicy, PluginId, PointInfo, ScopeKind, Version, scope_covers, text};

/// The `const` side of a type with `#[derive(Event)]`.
#[derive(Debug, Clone, Copy)]
pub struct EventInfo {
    /// The topic, for example `content.changed`.
    pub topic: PluginId,
    /// The version of the event's schema.
    pub version: Version,
    /// A hash of the names and types of the fields, as they are written.
    pub schema: u64,
    /// The type's name with its module.
    pub type_path: &'static str,
    /// The package that declares the type, and its version: `cms-sdk 1.2.0`.
    pub package: &'static str,
    /// Whether events are stored before they are told, so that no subscriber misses one.
    pub durable: bool,
    /// What deliveries are attributed to in errors and counts: the topic as a point, with one method.
    pub point: PointInfo,
}

/// What a plugin does with an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventRole {
    /// It publishes the event.
    Publishes,
    /// It is told of the event.
    Subscribes,
}

/// One event that a plugin publishes or subscribes to.
#[derive(Debug, Clone, Copy)]
pub struct EventEntry {
    /// The event.
    pub event: &'static EventInfo,
    /// What the plugin does with it.
    pub role: EventRole,
}

/// How long one asynchronous delivery may take when neither host nor plugin is stricter.
const DELIVERY_MILLIS: u64 = 2_000;

impl EventInfo {
    /// Puts the parts together.
    #[must_use]
    pub const fn new(topic: PluginId, version: Version, schema: u64, type_path: &'static str, package: &'static str) -> Self {
        Self { topic, version, schema, type_path, package, durable: false, point: delivery_point(topic, version, "on") }
    }

    /// The same of an event that is stored before it is told.
    #[must_use]
    pub const fn durable(self) -> Self {
        Self { durable: true, ..self }
    }

    /// Whether both stand for one Rust type, as far as that can be told while compiling. Events of another type cannot be delivered.
    #[must_use]
    pub const fn is_same_type(&self, other: &Self) -> bool {
        self.schema == other.schema
            && self.version.compare(&other.version).is_eq()
            && text::equal(self.type_path, other.type_path)
            && text::equal(self.package, other.package)
    }
}

/// The point to which deliveries on a topic, or on all topics of a pattern, are attributed.
#[must_use]
pub const fn delivery_point(topic: PluginId, version: Version, method: &'static str) -> PointInfo {
    PointInfo {
        id: topic,
        version,
        on_failure: FailurePolicy::Open,
        deadline_millis: Some(DELIVERY_MILLIS),
        break_on: BreakOn::Errors,
        after_panic: AfterPanic::Continue,
        mode: None,
        // A queue has a limit of its own, and an event that was shed would be lost.
        uncounted: &["on", "observe"],
        methods: match method.as_bytes() {
            b"observe" => &[("observe", 0)],
            _ => &[("on", 0)],
        },
    }
}

/// What is wrong when a plugin publishes or subscribes to a topic, or a pattern of topics, that no scope of its manifest covers.
#[must_use]
pub const fn uncovered_topic(plugin: &Descriptor, role: EventRole, topic: &str) -> Option<Message> {
    let (permission, verb) = match role {
        EventRole::Publishes => ("events.publish", "publishes on"),
        EventRole::Subscribes => ("events.subscribe", "subscribes to"),
    };
    let mut index = 0;
    while index < plugin.permissions.len() {
        let request = &plugin.permissions[index];
        index += 1;
        if !text::equal(request.name, permission) {
            continue;
        }
        let mut scope = 0;
        while scope < request.scopes.len() {
            if scope_covers(ScopeKind::Topic, request.scopes[scope], topic) {
                return None;
            }
            scope += 1;
        }
    }
    let mut bytes = [0; MESSAGE_BYTES];
    let mut out = Text::new(&mut bytes);
    out.push("\n  KW0251 plugin `").push(plugin.id.as_str()).push("` ").push(verb).push(" `").push(topic);
    out.push("`, which its manifest does not cover\n  help: write `\"").push(permission).push("\" = { scope = [\"").push(topic);
    out.push("\"], reason = \"…\" }` below `[permissions]` in plugin.toml, or add the topic to the scope there");
    let length = out.length();
    Some(Message::from_text(bytes, length))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Location, PermissionRequest};

    fn asking(scopes: &'static [&'static str]) -> &'static [PermissionRequest] {
        let request = PermissionRequest {
            name: "events.publish",
            scope_kind: ScopeKind::Topic,
            scopes,
            optional: false,
            reason: "",
            location: Location::UNKNOWN,
        };
        Box::leak(Box::new([request]))
    }

    #[test]
    fn a_topic_outside_every_scope_is_named_with_the_line_to_write() {
        let plugin =
            Descriptor { id: PluginId::new("site.a"), permissions: asking(&["content.*", "user.made"]), ..Descriptor::EMPTY };
        for covered in ["content.changed", "user.made", "content.*"] {
            assert!(uncovered_topic(&plugin, EventRole::Publishes, covered).is_none(), "{covered}");
        }
        let message = uncovered_topic(&plugin, EventRole::Publishes, "user.gone").unwrap();
        assert_eq!(
            message.as_str(),
            "\n  KW0251 plugin `site.a` publishes on `user.gone`, which its manifest does not cover\n  help: write `\"events.publish\" = \
             { scope = [\"user.gone\"], reason = \"…\" }` below `[permissions]` in plugin.toml, or add the topic to the scope there"
        );
        assert!(uncovered_topic(&plugin, EventRole::Subscribes, "user.made").is_some(), "publishing is not subscribing");
    }
}
