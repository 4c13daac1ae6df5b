//! Types as a reader knows them, from the parts that a layout has.

use crate::parse::printable;
use crate::record::read::{RecordedShape, TypePosition};
use crate::record::{Record, Shape, TypeLayout};

/// How deep types in types are shown.
const DEEPEST: usize = 3;
/// Characters of a name that are shown at most.
const LONGEST: usize = 60;
/// Characters of a signature that are shown at most.
const LONGEST_SIGNATURE: usize = 400;

/// A type of the program.
pub(super) fn of_host(layout: &TypeLayout) -> String {
    host(layout, 0)
}

/// A type of the library.
pub(super) fn of_plugin(record: &Record, position: TypePosition) -> String {
    plugin(record, position, 0)
}

/// The name of a type without modules and spaces, to tell whether two are written alike.
pub(super) fn bare(name: &str) -> String {
    let (mut bare, mut word) = (String::new(), String::new());
    let mut characters = name.chars().filter(|character| !character.is_whitespace()).peekable();
    while let Some(character) = characters.next() {
        if character == ':' && characters.next_if_eq(&':').is_some() {
            word.clear();
        } else if character.is_alphanumeric() || character == '_' {
            word.push(character);
        } else {
            bare.push_str(&word);
            bare.push(character);
            word.clear();
        }
    }
    bare + &word
}

fn host(layout: &TypeLayout, depth: usize) -> String {
    let Shape::Standard { arguments } = layout.shape else { return name(layout.name) };
    let array = arguments.first().map(|argument| argument.size as u64);
    composed(layout.name, layout.size as u64, array, depth, arguments.iter().map(|argument| host(argument, depth + 1)))
}

fn plugin(record: &Record, position: TypePosition, depth: usize) -> String {
    let layout = record.type_at(position);
    let RecordedShape::Standard(arguments) = &layout.shape else { return name(&layout.name) };
    let array = arguments.first().map(|argument| record.type_at(*argument).size);
    composed(&layout.name, layout.size, array, depth, arguments.iter().map(|argument| plugin(record, *argument, depth + 1)))
}

/// Puts the name of a type and its arguments together.
fn composed(written: &str, size: u64, of_one: Option<u64>, depth: usize, arguments: impl Iterator<Item = String>) -> String {
    if of_one.is_none() || written.contains(['<', ' ']) {
        return name(written);
    }
    let arguments = if depth < DEEPEST { arguments.collect::<Vec<_>>().join(", ") } else { "…".to_owned() };
    match written {
        "tuple" => format!("({arguments})"),
        "[]" => format!("[{arguments}]"),
        "array" => match of_one.and_then(|of_one| size.checked_div(of_one)) {
            Some(count) => format!("[{arguments}; {count}]"),
            None => format!("[{arguments}; _]"),
        },
        "&" => format!("&{arguments}"),
        "&mut" => format!("&mut {arguments}"),
        _ => format!("{}<{arguments}>", name(written)),
    }
}

/// A name that may be anything.
pub(super) fn name(name: &str) -> String {
    cut(name, LONGEST)
}

/// The signature of a method, which may be anything.
pub(super) fn signature(signature: &str) -> String {
    cut(signature, LONGEST_SIGNATURE)
}

fn cut(text: &str, longest: usize) -> String {
    let mut shown: String = text.chars().take(longest).map(printable).collect();
    if text.chars().nth(longest).is_some() {
        shown.push('…');
    }
    shown
}

/// The trait of a trait object, from a name such as `dyn Store: Send + Sync`, which has with it what the trait demands.
pub(super) fn trait_of(name: &str) -> Option<&str> {
    let written = name.strip_prefix("dyn ")?;
    Some(written.split_once(": ").map_or(written, |(name, _)| name))
}

/// The name of a method, from its signature; `None` for what is none.
pub(super) fn method(signature: &str) -> Option<&str> {
    let (head, _) = signature.split_once(['(', '<'])?;
    let (before, name) = head.rsplit_once(' ')?;
    (before.split(' ').next_back() == Some("fn")).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_shown_as_they_are_written() {
        const NUMBER: TypeLayout = TypeLayout::standard::<u16>("u16", &[]);
        const NOTHING: TypeLayout = TypeLayout::standard::<()>("()", &[]);
        const LIST: TypeLayout = TypeLayout::standard::<Vec<u16>>("Vec", &[&NUMBER]);
        for (layout, shown) in [
            (NUMBER, "u16"),
            (NOTHING, "()"),
            (LIST, "Vec<u16>"),
            (const { TypeLayout::standard::<(u16, Vec<u16>)>("tuple", &[&NUMBER, &LIST]) }, "(u16, Vec<u16>)"),
            (const { TypeLayout::standard::<[u16; 3]>("array", &[&NUMBER]) }, "[u16; 3]"),
            (const { TypeLayout::standard::<[(); 3]>("array", &[&NOTHING]) }, "[(); _]"),
            (const { TypeLayout::standard_unsized("[]", &[&NUMBER]) }, "[u16]"),
            (const { TypeLayout::standard::<&u16>("&", &[&NUMBER]) }, "&u16"),
            (const { TypeLayout::standard::<&u16>("&u16", &[]) }, "&u16"),
            (const { TypeLayout::standard::<Option<u16>>("Option<u16>", &[&NUMBER]) }, "Option<u16>"),
        ] {
            assert_eq!(of_host(&layout), shown);
        }
    }

    #[test]
    fn methods_and_traits_are_found_in_what_is_written() {
        for (signature, expected) in [
            ("fn now(&self) -> SystemTime", Some("now")),
            ("unsafe fn read<'a>(&'a self, path: &str)", Some("read")),
            ("async fn r#fn(&self)", Some("r#fn")),
            ("fn(u8) -> u8", None),
            ("Vec<u8>", None),
            ("u16", None),
        ] {
            assert_eq!(method(signature), expected, "{signature}");
        }
        assert_eq!(trait_of("dyn Store: Send + Sync"), Some("Store"));
        assert_eq!((trait_of("dyn Store"), trait_of("Store")), (Some("Store"), None));
    }

    #[test]
    fn bare_names_have_no_modules() {
        for (name, expected) in [
            ("Body", "Body"),
            ("sdk::Body", "Body"),
            ("::http::Request<bytes::Bytes>", "Request<Bytes>"),
            ("(a::B, [c::d::E; 3])", "(B,[E;3])"),
        ] {
            assert_eq!(bare(name), expected);
        }
    }
}
