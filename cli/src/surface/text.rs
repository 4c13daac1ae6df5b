//! A surface and its differences as text for people.

use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter};

use super::compare::{Difference, PluginDifference, Standing, SurfaceDifferences};
use super::model::{Surface, SurfacePermission, SurfacePlugin, SurfaceProvision, SurfaceRequirement};
use super::sources::{LinkedPackage, PluginSources, Sources};
use super::unsafe_code::{UnsafeCode, UnsafeStanding};
use crate::output::{Page, style, styled};

impl Surface {
    /// Writes it; `sources` is what else is known of the plugins.
    pub(crate) fn write(&self, sources: Option<&Sources>, page: &mut Page) {
        let sdk = self.sdk.as_ref().map(|sdk| format!(", {} {}", sdk.package, sdk.version)).unwrap_or_default();
        page.line(format!("{} {}, built with keyway {}{sdk}", self.host.package, self.host.version, self.keyway));
        let count = |count: usize, word: &str| format!("{count} {word}{}", if count == 1 { "" } else { "s" });
        let panic = if self.panic_abort { "; a panic of a plugin ends the program" } else { "" };
        page.line(format!("{} at {}{panic}", count(self.plugins.len(), "plugin"), count(self.levels.len(), "level")));
        for (place, plugin) in self.plugins.iter().enumerate() {
            let level = self.level(place).map(|level| format!(", level {level}")).unwrap_or_default();
            page.heading(format!("{} {}", plugin.id, plugin.version));
            let package = if plugin.package.is_empty() { String::new() } else { format!("{}, ", plugin.package) };
            let license = if plugin.license.is_empty() { "no licence" } else { &plugin.license };
            page.line(format!("  {package}{license}, {}, {}{level}", plugin.stability, plugin.tier));
            plugin.write(page);
            if let Some(sources) = sources.and_then(|sources| sources.plugins.iter().find(|sources| sources.id == plugin.id)) {
                sources.write(page);
            }
        }
        if let Some(sources) = sources {
            page.heading("Keyway and the SDK");
            let mut licenses: BTreeMap<&str, usize> = BTreeMap::new();
            for package in &sources.shared {
                *licenses.entry(package.license.as_deref().unwrap_or("no licence")).or_default() += 1;
            }
            let packages = format!("{}: ", count(sources.shared.len(), "package"));
            let licenses = licenses.into_iter().map(|(license, count)| format!("{count} under {license}"));
            entries(
                "linked with",
                licenses.enumerate().map(|(index, text)| if index == 0 { packages.clone() + &text } else { text }),
                page,
            );
        }
    }
}

impl SurfacePlugin {
    fn write(&self, page: &mut Page) {
        entries("extends", self.extends.iter(), page);
        entries("asks", self.asks.iter(), page);
        entries("publishes", self.publishes.iter(), page);
        entries("subscribes", self.subscribes.iter(), page);
        entries("provides", self.provides.iter(), page);
        entries("requires", self.requires.iter(), page);
        for permission in &self.permissions {
            let SurfacePermission { name, scopes, optional, reason, .. } = permission;
            let optional = if *optional { " (optional)" } else { "" };
            entry("permission", &format!("{name}{optional}: {}", scopes.join(", ")), page);
            page.line(styled(style::FAINT, format!("{:15}{reason}", "")));
        }
        entries("limits", self.limits.iter().map(|(name, value)| format!("{} {value}", name.replace('_', " "))), page);
    }
}

impl PluginSources {
    fn write(&self, page: &mut Page) {
        match &self.unsafe_code {
            Some(UnsafeCode { standing: UnsafeStanding::Forbidden, .. }) => entry("unsafe", "forbidden", page),
            Some(UnsafeCode { standing: UnsafeStanding::None, unread, .. }) if unread.is_empty() => entry("unsafe", "none", page),
            Some(UnsafeCode { places, unread, .. }) => {
                entries("unsafe", places.iter(), page);
                entries("not understood", unread.iter(), page);
            }
            None => entry("unsafe", "its source code was not found", page),
        }
        entries("linked with", self.dependencies.iter(), page);
    }
}

/// Columns of a line at most.
const WIDTH: usize = 120;

/// A word, and behind it a list on as many lines as it takes; nothing when it is empty.
fn entries<T: Display>(word: &str, entries: impl Iterator<Item = T>, page: &mut Page) {
    let mut line = String::new();
    let mut word = word;
    for text in entries {
        let text = text.to_string();
        if !line.is_empty() && line.chars().count() + text.chars().count() + 17 > WIDTH {
            line.push(',');
            entry(word, &line, page);
            (word, line) = ("", String::new());
        }
        if !line.is_empty() {
            line.push_str(", ");
        }
        line.push_str(&text);
    }
    if !line.is_empty() {
        entry(word, &line, page);
    }
}

fn entry(word: &str, text: &str, page: &mut Page) {
    page.line(format!("  {}{text}", styled(style::FAINT, format!("{word:13}"))));
}

impl Display for SurfaceProvision {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let exclusive = if self.exclusive { " (exclusive)" } else { "" };
        write!(formatter, "{} {}{exclusive}", self.id, self.version)
    }
}

impl Display for SurfaceRequirement {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let optional = if self.optional { " (optional)" } else { "" };
        write!(formatter, "{} {}{optional}", self.id, self.versions)
    }
}

impl Display for LinkedPackage {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {} ({})", self.name, self.version, self.license.as_deref().unwrap_or("no licence"))
    }
}

impl SurfaceDifferences {
    /// Writes them: `+` is what there is now, `-` what there was.
    pub(crate) fn write(&self, page: &mut Page) {
        if !self.host.is_empty() {
            page.heading("host");
            self.host.iter().for_each(|difference| difference.write(page));
        }
        for PluginDifference { id, standing, differences } in &self.plugins {
            match standing {
                Standing::Added => page.heading(format!("{id} (new)")),
                Standing::Removed => page.heading(format!("{id} (gone)")),
                Standing::Changed => page.heading(id),
            }
            differences.iter().for_each(|difference| difference.write(page));
        }
    }
}

impl Difference {
    fn write(&self, page: &mut Page) {
        let name = if self.name.is_empty() { String::new() } else { format!(" {}", self.name) };
        let extent = match self.extent.as_str() {
            "wider" => format!("  {}", styled(style::NOTICE, "wider")),
            "narrower" => format!("  {}", styled(style::GOOD, "narrower")),
            _ => String::new(),
        };
        page.line(format!("  {}{name}{extent}", self.kind.as_str()));
        for (mark, of) in [('-', &self.lost), ('+', &self.gained)] {
            of.iter().for_each(|text| page.line(format!("    {mark} {text}")));
        }
    }
}
