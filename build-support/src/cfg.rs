//! Evaluates `cfg` predicates with what Cargo tells a build script about the target.

use std::iter::Peekable;
use std::str::Chars;

use crate::environment::Environment;

/// Tells whether a predicate such as `all(unix, target_arch = "x86_64")` holds; `None` when it is not one.
pub(crate) fn holds(predicate: &str, environment: &Environment) -> Option<bool> {
    let mut reader = Reader { rest: predicate.chars().peekable(), environment };
    let answer = reader.predicate()?;
    reader.skip_space();
    reader.rest.next().is_none().then_some(answer)
}

struct Reader<'a> {
    rest: Peekable<Chars<'a>>,
    environment: &'a Environment,
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
                Some(self.environment.cfg_has(&name, &value))
            }
            _ if name == "true" || name == "false" => Some(name == "true"),
            _ => Some(self.environment.cfg_is_set(&name)),
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
            [("CARGO_CFG_UNIX", ""), ("CARGO_CFG_TARGET_OS", "linux"), ("CARGO_CFG_TARGET_FEATURE", "sse,sse2")]
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
