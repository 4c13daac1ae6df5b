//! Evaluates `cfg` predicates with what is known of a build.

use std::iter::Peekable;
use std::str::Chars;

/// Which features of the host a build has, and what it is for.
pub trait Selection {
    /// Tells whether a feature of the host is on, by itself or through another.
    fn has_feature(&self, feature: &str) -> bool;

    /// `cfg(name)`, for what rustc knows of a target.
    fn cfg_is_set(&self, name: &str) -> bool;

    /// `cfg(name = "value")`, for what rustc knows of a target.
    fn cfg_has(&self, name: &str, value: &str) -> bool;
}

/// Tells whether a predicate such as `all(unix, target_arch = "x86_64")` holds in a build; `None` when it is not one.
#[must_use]
pub fn holds(predicate: &str, selection: &dyn Selection) -> Option<bool> {
    let mut reader = Reader { rest: predicate.chars().peekable(), selection };
    let answer = reader.predicate()?;
    reader.skip_space();
    reader.rest.next().is_none().then_some(answer)
}

struct Reader<'a> {
    rest: Peekable<Chars<'a>>,
    selection: &'a dyn Selection,
}

impl Reader<'_> {
    fn predicate(&mut self) -> Option<bool> {
        let name = self.name()?;
        self.skip_space();
        match self.rest.peek() {
            Some('(') => {
                self.rest.next();
                let answers = self.list()?;
                match name.as_str() {
                    "all" => Some(answers.iter().all(|answer| *answer)),
                    "any" => Some(answers.iter().any(|answer| *answer)),
                    "not" if answers.len() == 1 => Some(!answers[0]),
                    _ => None,
                }
            }
            Some('=') => {
                self.rest.next();
                let value = self.quoted()?;
                Some(match name.as_str() {
                    "feature" => self.selection.has_feature(&value),
                    _ => self.selection.cfg_has(&name, &value),
                })
            }
            _ if name == "true" || name == "false" => Some(name == "true"),
            _ => Some(self.selection.cfg_is_set(&name)),
        }
    }

    /// Predicates up to the closing parenthesis.
    fn list(&mut self) -> Option<Vec<bool>> {
        let mut answers = Vec::new();
        loop {
            self.skip_space();
            if self.rest.next_if_eq(&')').is_some() {
                return Some(answers);
            }
            answers.push(self.predicate()?);
            self.skip_space();
            match self.rest.next()? {
                ',' => {}
                ')' => return Some(answers),
                _ => return None,
            }
        }
    }

    fn name(&mut self) -> Option<String> {
        self.skip_space();
        let mut name = String::new();
        while let Some(c) = self.rest.next_if(|c| c.is_ascii_alphanumeric() || *c == '_') {
            name.push(c);
        }
        (!name.is_empty()).then_some(name)
    }

    fn quoted(&mut self) -> Option<String> {
        self.skip_space();
        self.rest.next_if_eq(&'"')?;
        let mut value = String::new();
        loop {
            match self.rest.next()? {
                '"' => return Some(value),
                c => value.push(c),
            }
        }
    }

    fn skip_space(&mut self) {
        while self.rest.next_if(|c| c.is_whitespace()).is_some() {}
    }
}

#[cfg(test)]
mod tests {
    use super::holds;
    use crate::environment::Environment;

    #[test]
    fn evaluates_predicates() {
        let environment = Environment::from_vars(
            [
                ("CARGO_CFG_UNIX", ""),
                ("CARGO_CFG_TARGET_OS", "linux"),
                ("CARGO_CFG_TARGET_FEATURE", "sse,sse2"),
                ("CARGO_FEATURE_FAST_FEED", "1"),
            ]
            .map(|(k, v)| (k.into(), v.into())),
        );
        for (predicate, expected) in [
            ("unix", Some(true)),
            ("windows", Some(false)),
            ("not(windows)", Some(true)),
            ("all()", Some(true)),
            ("any()", Some(false)),
            ("all(unix, target_os = \"linux\",)", Some(true)),
            ("any( windows , target_feature=\"sse2\")", Some(true)),
            ("target_feature = \"sse3\"", Some(false)),
            ("target_abi = \"\"", Some(true)),
            ("true", Some(true)),
            ("feature = \"fast-feed\"", Some(true)),
            ("feature = \"slow-feed\"", Some(false)),
            ("all(unix", None),
            ("unix extra", None),
            ("not(unix, windows)", None),
            ("target_os = linux", None),
            ("", None),
        ] {
            assert_eq!(holds(predicate, &environment), expected, "{predicate}");
        }
    }
}
