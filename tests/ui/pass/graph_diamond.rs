//! Plugins start by level, and by id inside a level.

include!("../plugin.rs");

plugin!(top, r#"
manifest-version = 1
[plugin]
id = "site.top"
version = "1.0.0"
host = "*"
[requires]
"site.left" = "*"
"site.right" = "*"
"#);

plugin!(left, r#"
manifest-version = 1
[plugin]
id = "site.left"
version = "1.0.0"
host = "*"
[requires]
"site.base" = "^1"
"#);

plugin!(right, r#"
manifest-version = 1
[plugin]
id = "site.right"
version = "1.0.0"
host = "*"
[requires]
"site.base" = ">=1, <2"
"#);

plugin!(base, r#"
manifest-version = 1
[plugin]
id = "site.base"
version = "1.0.0"
host = "*"
"#);

keyway::host! { policy = grant_requested, plugins = [top, right, left, base] }

fn main() {
    let table = plugins();
    let ids: Vec<&str> = table.order.iter().map(|&index| table.registrations[usize::from(index)].descriptor.id.as_str()).collect();
    assert_eq!(ids, ["site.base", "site.left", "site.right", "site.top"]);
    assert_eq!(table.levels, [2, 1, 1, 0]);
}
