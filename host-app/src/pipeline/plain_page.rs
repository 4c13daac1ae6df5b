//! The page around a view when no theme draws it: plain, but readable.

use keyway_cms_sdk::answer::escape;
use keyway_cms_sdk::{Site, View};

/// Draws a whole HTML document.
pub(super) fn draw(site: &Site, view: &View) -> String {
    let title =
        if view.title == site.title() { escape(&view.title) } else { escape(&format!("{} · {}", view.title, site.title())) };
    let footer = if view.slots.footer.is_empty() { String::new() } else { format!("<footer>\n{}</footer>\n", view.slots.footer) };
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>{title}</title>\n\
         <style>body{{max-width:44rem;margin:0 auto;padding:1rem;font:1.05rem/1.6 system-ui,sans-serif}}pre{{overflow:auto}}img{{max-width:100%}}</style>\n{head}\
         </head>\n<body>\n<nav><a href=\"/\">{home}</a></nav>\n<main>\n{before}{content}{after}</main>\n{footer}</body>\n</html>\n",
        home = escape(site.title()),
        content = view.content,
        head = view.slots.head,
        before = view.slots.before_content,
        after = view.slots.after_content,
    )
}
