//! Names of symbols: the path that a mangled one stands for, and the crate whose code it is.

/// The path of a Rust symbol without its type arguments: `std::fs::read`, `std::fs::File::open`, `<std::fs::File as
/// std::io::Read>::read`. `None` for what is not Rust.
pub(crate) fn path(mangled: &str) -> Option<String> {
    let demangled = rustc_demangle::try_demangle(mangled).ok()?;
    Some(without_arguments(&format!("{demangled:#}")))
}

/// The whole name with its type arguments, for readers.
pub(crate) fn shown(mangled: &str) -> String {
    format!("{:#}", rustc_demangle::demangle(mangled))
}

/// Whether a name is one that rustc made.
pub(crate) fn is_rust(mangled: &str) -> bool {
    rustc_demangle::try_demangle(mangled).is_ok()
}

/// The crate in whose source the function stands, whoever compiled it: of `core::iter::Map<_, plugin::Closure>::fold` it is `core`.
///
/// Read from the mangled form itself, which says where an implementation stands; what is shown of it does not.
pub(crate) fn crate_of(mangled: &str) -> Option<String> {
    let encoded = mangled.strip_prefix("__R").or_else(|| mangled.strip_prefix("_R"))?;
    let mut rest = encoded.trim_start_matches(|digit: char| digit.is_ascii_digit());
    // A path refers back only to what stands before it, so this ends; the bound is for what no compiler wrote.
    for _ in 0..encoded.len() {
        let mut characters = rest.chars();
        rest = match characters.next()? {
            'C' => return identifier(after_disambiguator(characters.as_str())?),
            'N' => {
                characters.next()?;
                characters.as_str()
            }
            'I' => characters.as_str(),
            'M' | 'X' => after_disambiguator(characters.as_str())?,
            'B' => encoded.get(base_62(characters.as_str())?.0..)?,
            'Y' => return crate_of_trait(mangled),
            _ => return None,
        };
    }
    None
}

fn after_disambiguator(text: &str) -> Option<&str> {
    match text.strip_prefix('s') {
        Some(number) => Some(base_62(number)?.1),
        None => Some(text),
    }
}

/// A number in base 62 and what follows it: `_` is 0, `0_` is 1.
fn base_62(text: &str) -> Option<(usize, &str)> {
    let (digits, rest) = text.split_once('_')?;
    if digits.is_empty() {
        return Some((0, rest));
    }
    let number = digits.chars().try_fold(0_usize, |number, digit| {
        let value = match digit {
            '0'..='9' => digit as usize - '0' as usize,
            'a'..='z' => digit as usize - 'a' as usize + 10,
            'A'..='Z' => digit as usize - 'A' as usize + 36,
            _ => return None,
        };
        number.wrapping_mul(62).wrapping_add(value).into()
    })?;
    Some((number.wrapping_add(1), rest))
}

fn identifier(text: &str) -> Option<String> {
    let text = text.strip_prefix('u').unwrap_or(text);
    let digits = text.find(|character: char| !character.is_ascii_digit())?;
    let length: usize = text[..digits].parse().ok()?;
    let name = text[digits..].strip_prefix('_').unwrap_or(&text[digits..]);
    name.get(..length).map(str::to_owned)
}

/// The crate of a trait's own method: of `<X as a::Trait>::method` it is `a`.
fn crate_of_trait(mangled: &str) -> Option<String> {
    let demangled = format!("{:#}", rustc_demangle::try_demangle(mangled).ok()?);
    let inside = demangled.strip_prefix('<')?;
    let (_, path) = split_at_as(&inside[..end_of_brackets(inside)?])?;
    path.split("::").next().map(str::to_owned)
}

/// Takes the type arguments out of a path, and the brackets around a type whose own method it is.
fn without_arguments(path: &str) -> String {
    let path = path.trim_start_matches("&mut ").trim_start_matches(['&', '*']);
    if let Some(inside) = path.strip_prefix('<')
        && let Some(end) = end_of_brackets(inside)
    {
        let rest = plain(&inside[end + 1..]);
        return match split_at_as(&inside[..end]) {
            Some((of, implemented)) => format!("<{} as {}>{rest}", without_arguments(of), plain(implemented)),
            None => without_arguments(&inside[..end]) + &rest,
        };
    }
    if path.starts_with('(') { path.to_owned() } else { plain(path) }
}

/// Takes out all that stands in angle brackets.
fn plain(path: &str) -> String {
    let mut plain = String::with_capacity(path.len());
    let mut depth = 0_usize;
    let mut before = ' ';
    for character in path.chars() {
        match character {
            '<' => {
                if depth == 0 && plain.ends_with("::") {
                    plain.truncate(plain.len() - 2);
                }
                depth += 1;
            }
            '>' if before != '-' => depth = depth.saturating_sub(1),
            other if depth == 0 => plain.push(other),
            _ => {}
        }
        before = character;
    }
    plain
}

/// Where the bracket is closed that was opened before this text.
fn end_of_brackets(text: &str) -> Option<usize> {
    let mut depth = 1_usize;
    let mut before = ' ';
    for (index, character) in text.char_indices() {
        match character {
            '<' => depth += 1,
            '>' if before != '-' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(index);
        }
        before = character;
    }
    None
}

/// Divides `Type as Trait` at the `as` that is in no bracket of its own.
fn split_at_as(text: &str) -> Option<(&str, &str)> {
    let mut depth = 0_usize;
    let mut before = ' ';
    for (index, character) in text.char_indices() {
        match character {
            '<' | '(' | '[' => depth += 1,
            '>' if before == '-' => {}
            '>' | ')' | ']' => depth = depth.saturating_sub(1),
            ' ' if depth == 0 && text[index..].starts_with(" as ") => return Some((&text[..index], &text[index + 4..])),
            _ => {}
        }
        before = character;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_have_no_arguments() {
        for (demangled, path) in [
            ("std::fs::read::<&str>", "std::fs::read"),
            ("<std::fs::File>::open::<&std::path::Path>", "std::fs::File::open"),
            ("<std::fs::File as std::io::Read>::read", "<std::fs::File as std::io::Read>::read"),
            ("<&std::fs::File as std::io::Write>::write_all", "<std::fs::File as std::io::Write>::write_all"),
            ("<keyway::context::Context<plugin::Sitemap>>::files", "keyway::context::Context::files"),
            (
                "<(&str, u16) as std::net::socket_addr::ToSocketAddrs>::to_socket_addrs",
                "<(&str, u16) as std::net::socket_addr::ToSocketAddrs>::to_socket_addrs",
            ),
            ("<alloc::vec::Vec<u8> as core::convert::From<&str>>::from", "<alloc::vec::Vec as core::convert::From>::from"),
            ("<fn(u8) -> bool as a::B>::c::<fn() -> u8>::d", "<fn(u8) -> bool as a::B>::c::d"),
            ("a::b::<fn() -> u8>::{closure#0}", "a::b::{closure#0}"),
            (
                "<<a::B<u8> as c::D>::e::{closure#0} as core::ops::function::FnOnce<()>>::call_once",
                "<<a::B as c::D>::e::{closure#0} as core::ops::function::FnOnce>::call_once",
            ),
        ] {
            assert_eq!(without_arguments(demangled), path, "{demangled}");
        }
    }

    #[test]
    fn the_crate_is_the_one_whose_source_it_is() {
        // As rustc wrote them, for a crate `p` whose trait `T` is implemented for a type of `std`.
        for (mangled, name) in [
            ("_RNvCs4fqI2P2rA04_1p3run", Some("p")),
            ("_RNvXCs4fqI2P2rA04_1pNtNtCsfDBl8rBLEEc_3std2fs4FileNtB2_1T3ask", Some("p")),
            ("_RINvNtCsfDBl8rBLEEc_3std2fs4readReECs4fqI2P2rA04_1p", Some("std")),
            ("_RNvMs_NtCsfDBl8rBLEEc_3std2fsNtB4_4File4open", Some("std")),
            ("_RNvYNtNtCsfDBl8rBLEEc_3std2fs4FileNtCs4fqI2P2rA04_1p1T3askCs4fqI2P2rA04_1p", Some("p")),
            ("_RB_", None),
            ("_RNvB_", None),
            ("memcpy", None),
            ("_R", None),
        ] {
            assert_eq!(crate_of(mangled).as_deref(), name, "{mangled}");
        }
    }
}
