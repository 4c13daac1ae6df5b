//! Providers of a service start first; hints about absent plugins count for nothing.

include!("../plugin.rs");

plugin!(session, r#"
manifest-version = 1
[plugin]
id = "site.session"
version = "1.0.0"
host = "*"
[requires]
"service.store" = "^1"
"site.search" = { version = "^9", optional = true, reason = "finds sessions" }
"#);

plugin!(disk, r#"
manifest-version = 1
[plugin]
id = "site.disk"
version = "1.0.0"
host = "*"
[provides]
"service.store" = "1.3.0"
[order]
after = ["site.nowhere"]
before = ["site.alarm"]
"#);

plugin!(alarm, r#"
manifest-version = 1
[plugin]
id = "site.alarm"
version = "1.0.0"
host = "*"
"#);

keyway::host! { policy = grant_requested, plugins = [alarm, session, disk] }

fn main() {
    let table = plugins();
    let ids: Vec<&str> = table.order.iter().map(|&index| table.registrations[usize::from(index)].descriptor.id.as_str()).collect();
    assert_eq!(ids, ["site.disk", "site.alarm", "site.session"]);
    assert_eq!(table.levels, [1, 1, 0]);
}
