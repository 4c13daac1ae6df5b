//! Writes a surface: by the same code inside rustc and at run time.

use super::frame::{DIGITS, END, HEAD, START};
use super::json::Json;
use super::{SURFACE_FORMAT, SurfaceParts};
use crate::{
    Descriptor, EventEntry, EventRole, ExtensionEntry, Limit, Limits, PermissionRequest, Provision, Requirement, SdkInfo,
    Stability, Target, text,
};

/// How many bytes the surface takes with its marks: the `N` of [`write_surface`].
#[must_use]
pub const fn surface_len(parts: &SurfaceParts<'_>) -> usize {
    HEAD + text_len(parts) + END.len()
}

/// Writes the surface, with marks around it by which [`find`](super::find) finds it in a file.
///
/// # Panics
/// When `N` is not [`surface_len`] of the same parts, and when `order` and `levels` are not those of `plugins`.
#[must_use]
pub const fn write_surface<const N: usize>(parts: &SurfaceParts<'_>) -> [u8; N] {
    let mut bytes = [0; N];
    let mut json = Json::into(&mut bytes);
    json.bytes(START);
    let mut digits = [b'0'; DIGITS];
    let (mut place, mut rest) = (DIGITS, N - HEAD - END.len());
    while rest > 0 {
        place -= 1;
        digits[place] = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
    json.bytes(&digits).raw("\n");
    whole(&mut json, parts);
    json.bytes(END);
    assert!(json.length() == N, "`N` is `surface_len` of the same parts");
    bytes
}

/// The JSON text of a surface, without marks. It ends with a line break.
///
/// # Panics
/// When `order` and `levels` are not those of `plugins`.
#[must_use]
pub fn surface_text(parts: &SurfaceParts<'_>) -> String {
    let mut bytes = vec![0; text_len(parts)];
    whole(&mut Json::into(&mut bytes), parts);
    String::from_utf8(bytes).expect("all that is written are whole strings")
}

const fn text_len(parts: &SurfaceParts<'_>) -> usize {
    let mut json = Json::counting();
    whole(&mut json, parts);
    json.length()
}

/// The part of a plugin's line that follows from its manifest alone. `#[derive(Plugin)]` has it ready, so that a host of many plugins
/// compiles in no more time; see [`SurfaceParts::ready`].
#[must_use]
pub fn manifest_part(plugin: &Descriptor) -> String {
    let mut counting = Json::counting();
    of_manifest(&mut counting, plugin);
    let mut bytes = vec![0; counting.length()];
    of_manifest(&mut Json::into(&mut bytes), plugin);
    String::from_utf8(bytes).expect("all that is written are whole strings")
}

/// One line for the build, one for each plugin, and one for the end.
const fn whole(json: &mut Json<'_>, parts: &SurfaceParts<'_>) {
    json.raw("{\"format\":").number(SURFACE_FORMAT);
    json.raw(",\"host\":{\"package\":").string(parts.host).raw(",\"version\":").string(parts.host_version);
    json.raw("},\"keyway\":").string(parts.keyway).raw(",\"sdk\":");
    match &parts.sdk {
        Some(SdkInfo { name, version }) => {
            json.raw("{\"package\":").string(name).raw(",\"version\":").version(version).raw("}");
        }
        None => {
            json.raw("null");
        }
    }
    json.raw(",\"panic_abort\":").truth(parts.panic_abort);
    levels(json.raw(",\"levels\":"), parts);
    json.raw(",\"plugins\":[");
    let (mut order, mut before) = (parts.order, "\n");
    while let [index, rest @ ..] = order {
        let index = *index as usize;
        json.raw(before);
        match parts.ready {
            [] => of_manifest(json, parts.plugins[index]),
            ready if ready[index].is_empty() => of_manifest(json, parts.plugins[index]),
            ready => {
                json.raw(ready[index]);
            }
        }
        of_code(json, parts.plugins[index], is_among(parts.native, index));
        (order, before) = (rest, ",\n");
    }
    json.raw("\n]}\n");
}

const fn is_among(mut indices: &[u16], index: usize) -> bool {
    while let [first, rest @ ..] = indices {
        if *first as usize == index {
            return true;
        }
        indices = rest;
    }
    false
}

/// How many plugins start at each level.
const fn levels(json: &mut Json<'_>, parts: &SurfaceParts<'_>) {
    let (mut order, mut level, mut count) = (parts.order, 0, 0);
    let mut is_first = true;
    while let [index, rest @ ..] = order {
        if parts.levels[*index as usize] != level {
            next(json, &mut is_first).number(count);
            level += 1;
            count = 0;
            continue;
        }
        count += 1;
        order = rest;
    }
    if count > 0 {
        next(json, &mut is_first).number(count);
    }
    end(json, is_first);
}

const fn of_manifest(json: &mut Json<'_>, plugin: &Descriptor) {
    json.raw("{\"id\":").word(plugin.id.as_str()).raw(",\"version\":").version(&plugin.version);
    json.raw(",\"package\":").string(plugin.package).raw(",\"license\":").string(plugin.license);
    json.raw(match plugin.stability {
        Stability::Development => ",\"stability\":\"development\",\"provides\":",
        Stability::Alpha => ",\"stability\":\"alpha\",\"provides\":",
        Stability::Beta => ",\"stability\":\"beta\",\"provides\":",
        Stability::Stable => ",\"stability\":\"stable\",\"provides\":",
        Stability::Deprecated => ",\"stability\":\"deprecated\",\"provides\":",
    });
    provides(json, plugin.provides);
    requires(json.raw(",\"requires\":"), plugin.requires);
    routes(json.raw(",\"routes\":"), plugin.permissions);
    permissions(json.raw(",\"permissions\":"), plugin.permissions);
    limits(json.raw(",\"limits\":"), &plugin.limits);
}

/// Writes what the plugin's code says: which points and events its types stand for. Every step here is taken for every plugin of a host.
const fn of_code(json: &mut Json<'_>, plugin: &Descriptor, native: bool) {
    json.raw(if native { ",\"tier\":\"native\",\"extends\":[" } else { ",\"tier\":\"static\",\"extends\":[" });
    points(json, plugin.extensions);
    if plugin.asks.is_empty() && plugin.events.is_empty() {
        json.raw("],\"asks\":[],\"publishes\":[],\"subscribes\":[]}");
        return;
    }
    points(json.raw("],\"asks\":["), plugin.asks);
    topics(json.raw("],\"publishes\":["), plugin.events, EventRole::Publishes);
    topics(json.raw("],\"subscribes\":["), plugin.events, EventRole::Subscribes);
    json.raw("]}");
}

const fn points(json: &mut Json<'_>, mut entries: &[ExtensionEntry]) {
    let mut before = "\"";
    while let [entry, rest @ ..] = entries {
        json.raw(before).raw(entry.point.id.as_str());
        (entries, before) = (rest, "\",\"");
    }
    json.raw(last(before));
}

const fn topics(json: &mut Json<'_>, mut entries: &[EventEntry], role: EventRole) {
    let mut before = "\"";
    while let [entry, rest @ ..] = entries {
        if entry.role as u8 == role as u8 {
            json.raw(before).raw(entry.event.topic.as_str());
            before = "\",\"";
        }
        entries = rest;
    }
    json.raw(last(before));
}

/// What ends a list of strings, by what would have come before its next one.
const fn last(before: &str) -> &'static str {
    if before.len() == 1 { "" } else { "\"" }
}

/// Writes the beginning of a list's next element.
const fn next<'j, 'b>(json: &'j mut Json<'b>, is_first: &mut bool) -> &'j mut Json<'b> {
    if *is_first {
        *is_first = false;
        return json.raw("[");
    }
    json.raw(",")
}

const fn end(json: &mut Json<'_>, is_empty: bool) {
    json.raw(if is_empty { "[]" } else { "]" });
}

const fn provides(json: &mut Json<'_>, mut provisions: &[Provision]) {
    let mut is_first = true;
    while let [Provision { id, version, exclusive, .. }, rest @ ..] = provisions {
        next(json, &mut is_first).raw("{\"id\":").word(id.as_str()).raw(",\"version\":").version(version);
        json.raw(if *exclusive { ",\"exclusive\":true}" } else { ",\"exclusive\":false}" });
        provisions = rest;
    }
    end(json, is_first);
}

const fn requires(json: &mut Json<'_>, mut requirements: &[Requirement]) {
    let mut is_first = true;
    while let [Requirement { id, target, range, optional, .. }, rest @ ..] = requirements {
        next(json, &mut is_first).raw("{\"id\":").word(id.as_str());
        json.raw(match target {
            Target::Plugin => ",\"kind\":\"plugin\",\"versions\":",
            Target::Service => ",\"kind\":\"service\",\"versions\":",
        });
        json.string(range.text).raw(if *optional { ",\"optional\":true}" } else { ",\"optional\":false}" });
        requirements = rest;
    }
    end(json, is_first);
}

const fn routes(json: &mut Json<'_>, mut requests: &[PermissionRequest]) {
    while let [PermissionRequest { name, scopes, .. }, rest @ ..] = requests {
        if text::equal(name, "http.routes") {
            return strings(json, scopes);
        }
        requests = rest;
    }
    end(json, true);
}

const fn permissions(json: &mut Json<'_>, mut requests: &[PermissionRequest]) {
    let mut is_first = true;
    while let [PermissionRequest { name, scope_kind, scopes, optional, reason, .. }, rest @ ..] = requests {
        next(json, &mut is_first).raw("{\"name\":").word(name).raw(",\"kind\":").word(scope_kind.word()).raw(",\"scopes\":");
        strings(json, scopes);
        json.raw(if *optional { ",\"optional\":true,\"reason\":" } else { ",\"optional\":false,\"reason\":" });
        json.string(reason).raw("}");
        requests = rest;
    }
    end(json, is_first);
}

const fn strings(json: &mut Json<'_>, mut texts: &[&str]) {
    let mut is_first = true;
    while let [text, rest @ ..] = texts {
        next(json, &mut is_first).string(text);
        texts = rest;
    }
    end(json, is_first);
}

/// Writes the limits that are set.
const fn limits(json: &mut Json<'_>, limits: &Limits) {
    let all = limits.all();
    let mut all: &[Limit] = &all;
    let mut before = "{\"";
    while let [Limit { field, value, .. }, rest @ ..] = all {
        if let Some(value) = value {
            json.raw(before).raw(field).raw("\":").number(*value);
            before = ",\"";
        }
        all = rest;
    }
    json.raw(if before.as_bytes()[0] == b'{' { "{}" } else { "}" });
}
