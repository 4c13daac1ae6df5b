//! Compares the points that a plugin extends, asks or uses.

use super::trait_object::OTHER_METHOD;
use super::types::{Place, Types};
use super::{Difference, DifferenceKind, HostFacts, Row, Verdict, is_breaking, shown};
use crate::parse::{nearest, quoted};
use crate::record::read::RecordedMethod;
use crate::record::{MethodLayout, PointLayout, PointRole, Record, RecordedPoint};

pub(super) fn compare(host: &HostFacts<'_>, plugin: &Record, types: &mut Types<'_>, verdict: &mut Verdict) {
    for point in plugin.points() {
        match host.points.iter().find(|known| known.info.id.as_str() == point.id) {
            Some(known) => one(known, point, types, verdict),
            None => {
                let known: Vec<&str> = host.points.iter().map(|known| known.info.id.as_str()).collect();
                let sdk = &plugin.sdks()[point.sdk];
                let package = format!("{} {}", sdk.name, sdk.version);
                unknown(host, &format!("point {}", quoted(&point.id)), &point.id, &known, &package, verdict);
            }
        }
    }
}

/// Tells of a point or an event that the program does not know.
pub(super) fn unknown(host: &HostFacts<'_>, what: &str, id: &str, known: &[&str], package: &str, verdict: &mut Verdict) {
    let sdk = package.split(' ').next().unwrap_or_default();
    let mut sdks = host.points.iter().map(|point| point.sdk.name).chain(host.events.iter().map(|event| event.sdk.name));
    let whose = if sdks.any(|of_host| of_host == sdk) {
        String::new()
    } else {
        format!("this library was made for another program (SDK {}); if you develop it, ", quoted(sdk))
    };
    let similar = nearest(id, known.iter().copied());
    let similar = similar.first().map(|near| format!("; a similar one is `{near}`")).unwrap_or_default();
    let difference = Difference::new(
        DifferenceKind::Unknown,
        format!("the program does not know the {what}"),
        "nothing in the program could call it or answer it",
        format!(
            "{whose}make {} a dependency of the program that it uses (`use … as _`), or build the plugin against the program's SDK{similar}",
            quoted(package)
        ),
    );
    verdict.push(difference.row(Row::new("declared by", "-", shown::name(package))));
}

fn one(host: &'static PointLayout, plugin: &RecordedPoint, types: &mut Types<'_>, verdict: &mut Verdict) {
    let id = host.info.id.as_str();
    if host.static_only || plugin.static_only {
        let side = |static_only| if static_only { "static plugins only" } else { "all plugins" };
        let difference = Difference::new(
            DifferenceKind::StaticOnly,
            format!("the point `{id}` is for static plugins only"),
            "its methods lend references that must outlive the library",
            format!(
                "link the plugin into the program; or take `static_only` off the trait in `{}` and return owned values",
                host.sdk.name
            ),
        );
        verdict.push(difference.row(Row::new("meant for", side(host.static_only), side(plugin.static_only))));
        return;
    }
    let version = semver(host.info);
    if is_breaking(&version, &plugin.version) {
        let difference = Difference::new(
            DifferenceKind::Interface,
            format!("the point `{id}` has another version"),
            "its SDK says that what was written for one version does not fit the other",
            types.mend(host.sdk.name),
        );
        verdict.push(difference.row(Row::new("version", version.to_string(), plugin.version.to_string())));
        return;
    }
    if version != plugin.version {
        verdict.note(format!("the program has `{id} {version}`, and the library was built for {}", plugin.version));
    }
    if !same_methods(host.methods, plugin) {
        let difference = Difference::new(
            DifferenceKind::Interface,
            format!("the methods of the point `{id}` differ"),
            OTHER_METHOD,
            types.mend(host.sdk.name),
        );
        verdict.push(difference.rows(rows(host.methods, &plugin.methods)));
    } else if host.methods.len() > plugin.methods.len() {
        verdict.note(format!("`{id}` of the program has methods that the library does not know and does not call"));
    }
    for method in host.methods {
        if let Some(own) = plugin.methods.iter().find(|own| is_same(method, own)) {
            compare_types(host, method, own, types, verdict);
        }
    }
}

fn semver(info: &crate::PointInfo) -> semver::Version {
    super::event::semver(&info.version)
}

fn is_same(host: &MethodLayout, plugin: &RecordedMethod) -> bool {
    host.name == plugin.name && host.hash == plugin.hash && host.arguments.len() == plugin.arguments.len()
}

/// Whether the methods are the same in the same order. Whoever only calls a service may know less than all of them.
fn same_methods(host: &[MethodLayout], plugin: &RecordedPoint) -> bool {
    let is_long_enough = match plugin.role {
        PointRole::Uses => host.len() >= plugin.methods.len(),
        PointRole::Extends | PointRole::Asks => host.len() == plugin.methods.len(),
    };
    is_long_enough && host.iter().zip(&plugin.methods).all(|(host, plugin)| is_same(host, plugin))
}

fn rows(host: &[MethodLayout], plugin: &[RecordedMethod]) -> Vec<Row> {
    let mut rows = Vec::new();
    for method in host {
        match plugin.iter().find(|own| own.name == method.name) {
            Some(own) if is_same(method, own) => {}
            own => rows.push(Row::of(
                method.name,
                Some(method.signature.to_owned()),
                own.map(|own| shown::signature(&own.signature)),
            )),
        }
    }
    for own in plugin.iter().filter(|own| host.iter().all(|method| method.name != own.name)) {
        rows.push(Row::of(shown::name(&own.name), None, Some(shown::signature(&own.signature))));
    }
    if rows.is_empty() {
        let of_host: Vec<&str> = host.iter().map(|method| method.name).collect();
        let of_plugin: Vec<String> = plugin.iter().map(|own| shown::name(&own.name)).collect();
        rows.push(Row::new("order", of_host.join(", "), of_plugin.join(", ")));
    }
    rows
}

fn compare_types(
    point: &'static PointLayout,
    host: &'static MethodLayout,
    plugin: &RecordedMethod,
    types: &mut Types<'_>,
    verdict: &mut Verdict,
) {
    let method = format!("`{}::{}`", point.info.id, host.name);
    let place = Place { shown: &method, package: point.sdk.name };
    for (argument, (_, own)) in host.arguments.iter().zip(&plugin.arguments) {
        types.compare_root(argument.layout, *own, &format!("argument `{}` of {method}", argument.name), place, verdict);
    }
    types.compare_root(host.output, plugin.output, &format!("answer of {method}"), place, verdict);
}
