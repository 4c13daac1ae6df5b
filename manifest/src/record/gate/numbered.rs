//! Types of which only the numbers differ: a text tells the cause once for all of them.

use super::mend::SAME_PROFILE;
use super::{Difference, DifferenceKind, Row};

/// The differences as they are told: several of [`DifferenceKind::Opaque`] become one, which has a row for each type.
pub(super) fn gathered(differences: &[Difference]) -> Vec<Difference> {
    let (numbered, mut told): (Vec<&Difference>, Vec<&Difference>) =
        differences.iter().partition(|difference| difference.kind == DifferenceKind::Opaque);
    let [first, _, ..] = numbered.as_slice() else { return differences.to_vec() };
    let later = told.iter().position(|difference| difference.kind > DifferenceKind::Opaque).unwrap_or(told.len());
    let after = told.split_off(later);
    told.into_iter().cloned().chain([together(first, &numbered)]).chain(after.into_iter().cloned()).collect()
}

fn together(first: &Difference, all: &[&Difference]) -> Difference {
    let number = |one: &&Difference| one.rows.first().map(|row| Row { label: one.subject.clone(), ..row.clone() });
    let mut places: Vec<String> = Vec::new();
    for place in all.iter().flat_map(|one| &one.places) {
        if !places.contains(place) {
            places.push(place.clone());
        }
    }
    let help = if all.iter().all(|one| one.help == first.help) {
        first.help.clone()
    } else {
        format!(
            "build both with the same versions and features of their crates, which `cargo tree -e features` shows, and with {SAME_PROFILE}"
        )
    };
    // Behind the numbers stand the profiles, which all have alike; they go first, as many rows are cut off.
    let rows = first.rows.iter().skip(1).cloned().chain(all.iter().filter_map(number)).collect();
    Difference {
        message: format!("{} types are others than the program's", all.len()),
        rows,
        places,
        meaning: "the compiler numbers them differently: they come from other versions, feature sets or profiles of their crates",
        help,
        ..first.clone()
    }
}
