//! What is known about an event while compiling: its topic, its version, and which type it is.

use crate::message::{MESSAGE_BYTES, Message, Text};
use crate::resolver::{closeness, help, push_own_line};
use crate::{
    AfterPanic, BreakOn, Descriptor, FailurePolicy, PermissionRequest, PluginId, PointInfo, ScopeKind, Version, scope_covers,
    text,
};

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
    let mut asked = None;
    let mut index = 0;
    while index < plugin.permissions.len() {
        let request = &plugin.permissions[index];
        index += 1;
        if !text::equal(request.name, permission) {
            continue;
        }
        asked = Some(request);
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
    out.push("`, which its manifest does not cover\n");
    match asked {
        Some(request) => push_wider_scope(&mut out, request, topic),
        None => {
            help(&mut out).push("write `\"").push(permission).push("\" = { scope = [\"").push(topic);
            out.push("\"], reason = \"…\" }` below `[permissions]` in plugin.toml");
        }
    }
    let length = out.length();
    Some(Message::from_text(bytes, length))
}

/// Shows the request and how its scope comes to cover the topic.
const fn push_wider_scope(out: &mut Text<'_>, request: &PermissionRequest, topic: &str) {
    push_own_line(out, &request.location, &[]);
    let mut index = 0;
    while index < request.scopes.len() {
        let scope = request.scopes[index];
        index += 1;
        if nearly_covers(scope, topic) {
            help(out).push("write `");
            push_mended(out, scope, topic);
            out.push("` in place of `").push(scope).push("`, which is similar, or add `\"").push(topic).push("\"` to the scope");
            return;
        }
    }
    help(out).push("add `\"").push(topic).push("\"` to the scope");
}

/// Whether a scope would cover a topic if some of its segments were not misspelt.
const fn nearly_covers(scope: &str, topic: &str) -> bool {
    let (mut scope, mut topic) = (Some(scope), Some(topic));
    while let (Some(scope_rest), Some(topic_rest)) = (scope, topic) {
        if text::equal(scope_rest, "**") {
            return true;
        }
        let (scope_segment, topic_segment);
        (scope_segment, scope) = split_first(scope_rest);
        (topic_segment, topic) = split_first(topic_rest);
        if !scope_covers(ScopeKind::Topic, scope_segment, topic_segment) && closeness(topic_segment, scope_segment).is_none() {
            return false;
        }
    }
    scope.is_none() && topic.is_none()
}

/// Writes the scope with the topic's segments in place of its own that are misspelt.
const fn push_mended(out: &mut Text<'_>, scope: &str, topic: &str) {
    let (mut scope, mut topic) = (Some(scope), Some(topic));
    while let (Some(scope_rest), Some(topic_rest)) = (scope, topic) {
        let (scope_segment, topic_segment);
        (scope_segment, scope) = split_first(scope_rest);
        (topic_segment, topic) = split_first(topic_rest);
        let covers = scope_covers(ScopeKind::Topic, scope_segment, topic_segment);
        out.push(if covers { scope_segment } else { topic_segment });
        if scope.is_some() {
            out.push(".");
        }
        if text::equal(scope_segment, "**") {
            return;
        }
    }
}

/// The first segment of a topic, and what follows its dot.
const fn split_first(topic: &str) -> (&str, Option<&str>) {
    let bytes = topic.as_bytes();
    let mut index = 0;
    while index < bytes.len() {
        if bytes[index] == b'.' {
            return (topic.split_at(index).0, Some(topic.split_at(index + 1).1));
        }
        index += 1;
    }
    (topic, None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Location;

    const LINE: Location = Location { file: "plugin.toml", line: 9, column: 1, snippet: "\"events.publish\" = …", width: 16 };

    fn asking(scopes: &'static [&'static str]) -> &'static [PermissionRequest] {
        let request = PermissionRequest {
            name: "events.publish",
            scope_kind: ScopeKind::Topic,
            scopes,
            optional: false,
            reason: "",
            location: LINE,
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
        let text = |role, topic| uncovered_topic(&plugin, role, topic).unwrap().as_str().to_owned();
        let shown = "   --> plugin.toml:9:1\n    |\n  9 | \"events.publish\" = …\n    | ^^^^^^^^^^^^^^^^\n";
        let problem = "KW0251 plugin `site.a` publishes on `user.gone`, which its manifest does not cover";
        let help = "help: add `\"user.gone\"` to the scope";
        assert_eq!(text(EventRole::Publishes, "user.gone"), format!("\n  {problem}\n{shown}    {help}"));
        let problem = "KW0251 plugin `site.a` subscribes to `user.made`, which its manifest does not cover";
        let help = "help: write `\"events.subscribe\" = { scope = [\"user.made\"], reason = \"…\" }` below `[permissions]` in plugin.toml";
        assert_eq!(
            text(EventRole::Subscribes, "user.made"),
            format!("\n  {problem}\n    {help}"),
            "publishing is not subscribing"
        );
    }

    #[test]
    fn a_scope_that_is_misspelt_is_told() {
        for (scope, topic, mended) in [
            ("guestbok.*", "guestbook.signed", "guestbook.*"),
            ("guestbook.singed", "guestbook.signed", "guestbook.signed"),
            ("gestbook.**", "guestbook.entry.signed", "guestbook.**"),
            ("guestbok.entry.*", "guestbook.entry.signed", "guestbook.entry.*"),
            ("guestbok.*", "guestbook.*", "guestbook.*"),
        ] {
            let plugin = Descriptor { permissions: asking(vec![scope].leak()), ..Descriptor::EMPTY };
            let message = uncovered_topic(&plugin, EventRole::Publishes, topic).unwrap();
            let help =
                format!("help: write `{mended}` in place of `{scope}`, which is similar, or add `\"{topic}\"` to the scope");
            assert!(message.as_str().ends_with(&help), "{message}");
            assert!(scope_covers(ScopeKind::Topic, mended, topic), "what the help says mends it");
        }
        for (scope, topic) in [("content.*", "guestbook.signed"), ("guestbok.*", "guestbook.entry.signed"), ("**", "a")] {
            let plugin = Descriptor { permissions: asking(vec![scope].leak()), ..Descriptor::EMPTY };
            let message = uncovered_topic(&plugin, EventRole::Publishes, topic).map(|message| message.to_string());
            assert!(!message.unwrap_or_default().contains("similar"), "{scope} {topic}");
        }
    }
}
