//! Compares trait objects, which are described by what they are called through: the methods of their trait, in the order of its table.

use super::types::{Agreement, KEYWAY, Place, Types, beside, differing};
use super::{Difference, Verdict, shown};
use crate::record::read::{RecordedShape, TypePosition};
use crate::record::{Shape, TypeLayout};

/// Why a method that differs keeps a library out.
pub(super) const OTHER_METHOD: &str = "a call would reach another method, or pass it what it does not expect";

impl Types<'_> {
    /// Compares two trait objects of one trait; `None` for what is no trait object whose methods are described.
    pub(super) fn compare_traits(
        &self,
        host: &TypeLayout,
        plugin: TypePosition,
        place: Place<'_>,
        verdict: &mut Verdict,
    ) -> Option<Agreement> {
        let own = self.plugin.type_at(plugin);
        let name = shown::trait_of(host.name).filter(|name| shown::trait_of(&own.name) == Some(name))?;
        let (Shape::Standard { arguments }, RecordedShape::Standard(methods)) = (host.shape, &own.shape) else { return None };
        let of_host = methods_of(arguments.iter().map(|method| method.name))?;
        let of_plugin = methods_of(methods.iter().map(|method| self.plugin.type_at(*method).name.as_str()))?;
        // What a trait demands of others stands in its table too.
        let demands_the_same = shown::bare(host.name) == shown::bare(&own.name);
        if demands_the_same
            && of_host.len() == of_plugin.len()
            && of_host.iter().zip(&of_plugin).all(|(one, other)| is_same(one, other))
        {
            return Some(Agreement::Same);
        }
        let traits = differing("trait", shown::signature(host.name), shown::signature(&own.name)).filter(|_| !demands_the_same);
        let as_host_writes = |method| of_host.iter().find(|host| is_same(host, method)).unwrap_or(method).1;
        let shown_host: Vec<_> = of_host.iter().map(|method| (method.0, shown::signature(method.1))).collect();
        let shown_plugin: Vec<_> = of_plugin.iter().map(|method| (method.0, shown::signature(as_host_writes(method)))).collect();
        let rows = traits.into_iter().chain(beside(&shown_host, &shown_plugin)).collect();
        let whose = if place.package == KEYWAY { " of `keyway`" } else { "" };
        let message = format!("the methods of the trait `{}`{whose} differ", shown::name(name));
        let difference = Difference { meaning: OTHER_METHOD, ..self.difference(message, place) };
        Some(Agreement::Differ(vec![verdict.push(difference.rows(rows))]))
    }
}

/// A method: its name and its signature.
type Method<'n> = (&'n str, &'n str);

/// The methods that have these signatures; `None` when something is none.
fn methods_of<'n>(signatures: impl Iterator<Item = &'n str>) -> Option<Vec<Method<'n>>> {
    signatures.map(|signature| Some((shown::method(signature)?, signature))).collect()
}

/// Whether two methods are called in the same way, however the modules of types are written.
fn is_same(one: &Method<'_>, other: &Method<'_>) -> bool {
    one.0 == other.0 && shown::bare(one.1) == shown::bare(other.1)
}
