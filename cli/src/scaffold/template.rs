//! Texts with places to be filled in: `{{name}}`.

/// Fills in the places of a template. A place without a value is left, which the tests of the templates find.
///
/// Lines that begin with `use` are put in order, because their order follows from the names that come in.
pub(super) fn fill(template: &str, values: &[(&str, &str)]) -> String {
    let mut text = template.to_owned();
    for (name, value) in values {
        text = text.replace(&format!("{{{{{name}}}}}"), value);
    }
    let mut lines: Vec<&str> = text.lines().collect();
    lines.chunk_by_mut(|left, right| left.starts_with("use ") && right.starts_with("use ")).for_each(<[&str]>::sort_unstable);
    lines.iter().flat_map(|line| [line, "\n"]).collect()
}

#[cfg(test)]
mod tests {
    use super::fill;

    #[test]
    fn places_are_filled_and_uses_are_sorted() {
        let text = fill("use b::{{x}};\nuse a::B;\n\nuse c;\n{{x}} { {{ {{y}}\n", &[("x", "X"), ("y", "{{x}}")]);
        assert_eq!(text, "use a::B;\nuse b::X;\n\nuse c;\nX { {{ {{x}}\n");
    }
}
