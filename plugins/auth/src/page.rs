//! The pages: the form to sign in, and the one to sign out.

use std::fmt::Write as _;

use keyway_cms_sdk::answer::escape;
use keyway_cms_sdk::{HeaderValue, Markup, Principal, StatusCode, View, header};

use crate::csrf;

/// What the form for signing in is drawn from.
#[derive(Debug, Default)]
pub(crate) struct SignIn<'a> {
    /// The token that ties it to its browser.
    pub(crate) token: &'a str,
    /// Where to go on afterwards.
    pub(crate) next: &'a str,
    /// The name that was typed already.
    pub(crate) name: &'a str,
    /// Why the former attempt failed, as text.
    pub(crate) problem: &'a str,
}

impl SignIn<'_> {
    /// The page with the form.
    pub(crate) fn view(&self, status: StatusCode) -> View {
        let [token, next, name] = [self.token, self.next, self.name].map(escape);
        // Who has to type it again begins there; the reader of a screen is told why.
        let (problem, describes) = match self.problem {
            "" => (String::new(), ""),
            problem => (
                format!("<p class=\"problem\" id=\"problem\" role=\"alert\">{}</p>\n", escape(problem)),
                " aria-describedby=\"problem\"",
            ),
        };
        let (focus_name, focus_password) = if name.is_empty() { (" autofocus", "") } else { ("", " autofocus") };
        let mut view = View::new(
            "/login",
            "Sign in",
            format!(
                "<h1>Sign in</h1>\n{problem}<form class=\"form\" method=\"post\" action=\"/login\">\n\
                 <input type=\"hidden\" name=\"token\" value=\"{token}\">\n<input type=\"hidden\" name=\"next\" value=\"{next}\">\n\
                 <p><label for=\"name\">Name</label>\n<input id=\"name\" name=\"name\" value=\"{name}\" autocomplete=\"username\" \
                 autocapitalize=\"none\" spellcheck=\"false\" required{describes}{focus_name}></p>\n\
                 <p><label for=\"password\">Password</label>\n<input id=\"password\" name=\"password\" type=\"password\" \
                 autocomplete=\"current-password\" required{describes}{focus_password}></p>\n\
                 <p><button type=\"submit\">Sign in</button></p>\n</form>\n"
            ),
        );
        view.status = status;
        view
    }
}

/// Tells who is signed in, with the ways out of it.
pub(crate) fn signed_in(path: &str, principal: &Principal, next: Option<&str>) -> View {
    let token = escape(principal.csrf.as_deref().unwrap_or_default());
    let on = next.map_or_else(String::new, |next| format!("<p><a href=\"{}\">Go on</a></p>\n", escape(next)));
    let field = csrf::FIELD;
    let mut view = View::new(
        path,
        "Sign out",
        format!(
            "<h1>You are signed in</h1>\n<p>As <strong>{}</strong>.</p>\n{on}\
             <form class=\"form\" method=\"post\" action=\"/logout\">\n<input type=\"hidden\" name=\"{field}\" value=\"{token}\">\n\
             <p><button type=\"submit\">Sign out</button>\n\
             <button type=\"submit\" name=\"everywhere\" value=\"1\">Sign out everywhere</button></p>\n</form>\n",
            escape(&principal.name)
        ),
    );
    view.headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    view
}

/// One line of the administrators' table.
#[derive(Debug)]
pub(crate) struct UserRow<'a> {
    pub(crate) name: &'a str,
    pub(crate) roles: &'a [String],
    pub(crate) sessions: usize,
}

/// The administrators' table of users, with a way to end their sessions.
pub(crate) fn users(rows: &[UserRow<'_>], token: &str) -> Markup {
    let mut html = String::from("<h1>Users</h1>\n");
    if rows.is_empty() {
        html.push_str("<p>There is no user. They stand in the configuration file.</p>\n");
        return Markup::html(html);
    }
    html.push_str(
        "<table>\n<thead><tr><th scope=\"col\">Name</th><th scope=\"col\">Roles</th><th scope=\"col\">Sessions</th>\
         <th scope=\"col\"><span class=\"hidden\">End them</span></th></tr></thead>\n<tbody>\n",
    );
    let (field, token) = (csrf::FIELD, escape(token));
    for row in rows {
        let (name, roles, sessions) = (escape(row.name), escape(&row.roles.join(", ")), row.sessions);
        // Writing to a string cannot fail.
        let _ = writeln!(
            html,
            "<tr><th scope=\"row\">{name}</th><td>{roles}</td><td>{sessions}</td><td>\
             <form method=\"post\" action=\"/admin/users\"><input type=\"hidden\" name=\"{field}\" value=\"{token}\">\
             <button type=\"submit\" name=\"user\" value=\"{name}\" aria-label=\"Sign {name} out everywhere\">\
             Sign out everywhere</button></form></td></tr>"
        );
    }
    html.push_str("</tbody>\n</table>\n");
    Markup::html(html)
}

#[cfg(test)]
mod tests {
    use keyway_cms_sdk::{Principal, StatusCode};

    use super::{SignIn, signed_in};

    #[test]
    fn what_strangers_typed_is_text() {
        let evil = "\"><script>alert(1)</script>";
        let form = SignIn { token: evil, next: evil, name: evil, problem: evil }.view(StatusCode::FORBIDDEN);
        let page = signed_in("/logout", &Principal::new("1", evil).with_csrf(evil), Some(evil));
        for view in [form, page] {
            assert!(!view.content.contains("<script") && view.content.contains("&lt;script"), "{}", view.content);
        }
    }
}
