//! Scopes that are one name: database tables, programs, environment variables, and plain names.

use super::{ScopeProblem, malformed};

pub(super) fn table(scope: &str) -> Result<(), ScopeProblem> {
    if scope.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '*')) {
        return no_double_star(scope);
    }
    Err(malformed("holds a character other than letters, digits, `_` and `*`"))
}

pub(super) fn program(scope: &str) -> Result<(), ScopeProblem> {
    if scope.contains(['/', '\\']) {
        let name = scope.rsplit(['/', '\\']).next().unwrap_or("");
        let problem = malformed("holds a path; programs are named without one");
        return Err(if program(name).is_ok() { problem.suggest(name) } else { problem });
    }
    if let Some((name, _)) = scope.split_once(char::is_whitespace) {
        return Err(malformed("holds arguments; programs are named alone").suggest(name));
    }
    if scope.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '+' | '*'))
        && !matches!(scope, "" | "." | "..")
    {
        return no_double_star(scope);
    }
    Err(malformed("holds a character that program names do not have"))
}

pub(super) fn variable(scope: &str) -> Result<(), ScopeProblem> {
    let bare = scope.trim_start_matches('$').trim_start_matches('{').trim_end_matches('}');
    if bare != scope {
        let problem = malformed("is written as in a shell; the name alone is meant");
        return Err(if variable(bare).is_ok() { problem.suggest(bare) } else { problem });
    }
    if scope.contains('=') {
        return Err(malformed("holds `=`; the name alone is meant").suggest(scope.split('=').next().unwrap_or("")));
    }
    if scope.starts_with(|c: char| c.is_ascii_digit())
        || !scope.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '*'))
    {
        return Err(malformed("is not the name of a variable (letters, digits, `_` and `*`, not beginning with a digit)"));
    }
    no_double_star(scope)
}

pub(super) fn plain(scope: &str) -> Result<(), ScopeProblem> {
    if scope.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '*')) {
        return no_double_star(scope);
    }
    let problem = malformed("holds a character other than letters, digits, `-`, `_`, `.` and `*`");
    Err(if scope.contains(' ') { problem.suggest(scope.replace(' ', "-")) } else { problem })
}

fn no_double_star(scope: &str) -> Result<(), ScopeProblem> {
    if scope.contains("**") {
        return Err(malformed("has `**`; here `*` stands for any characters").suggest(scope.replace("**", "*")));
    }
    Ok(())
}
