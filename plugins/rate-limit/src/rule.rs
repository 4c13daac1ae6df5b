//! Which requests a limit is for.

use keyway_cms_sdk::{HeaderValue, Method, Request, url_path};
use serde::Deserialize;

use crate::quota::Quota;

/// A rule as it is written in the settings.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleConfig {
    /// What the headers call it: small letters, digits and `-`.
    pub name: String,
    /// The path that it is for, with everything below it.
    #[serde(default = "everything")]
    pub path: String,
    /// The methods that it is for; empty for all.
    #[serde(default)]
    pub methods: Vec<String>,
    /// How many requests in which time, such as `100/10s`.
    pub limit: String,
}

fn everything() -> String {
    "/".to_owned()
}

/// A rule that was checked.
#[derive(Debug)]
pub(crate) struct Rule {
    pub(crate) name: String,
    /// Without a final slash, so empty for every path.
    path: String,
    methods: Vec<Method>,
    pub(crate) quota: Quota,
    /// Value of `RateLimit-Policy`.
    pub(crate) policy: HeaderValue,
}

const MOST_RULES: usize = 1000;

impl Rule {
    /// Checks all rules and tells of everything that is wrong at once.
    pub(crate) fn read_all(configs: &[RuleConfig]) -> Result<Vec<Self>, String> {
        if configs.len() > MOST_RULES {
            return Err(format!("there are {} rules; {MOST_RULES} are the most", configs.len()));
        }
        let (mut rules, mut problems) = (Vec::new(), Vec::new());
        for (config, before) in configs.iter().zip(0..) {
            if configs[..before].iter().any(|other| other.name == config.name) {
                problems.push(format!("two rules are called `{}`; give each its own name", config.name.escape_debug()));
            }
            match Self::read(config) {
                Ok(rule) => rules.push(rule),
                Err(problem) => problems.push(format!("rule `{}`: {problem}", config.name.escape_debug())),
            }
        }
        if problems.is_empty() { Ok(rules) } else { Err(problems.join("; ")) }
    }

    fn read(config: &RuleConfig) -> Result<Self, String> {
        let is_name = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if config.name.is_empty() || !config.name.bytes().all(is_name) {
            return Err("its name goes into a header; write small letters, digits and `-`".to_owned());
        }
        if !config.path.starts_with('/') {
            return Err(format!("the path `{}` does not begin with `/`", config.path.escape_debug()));
        }
        let method = |written: &String| {
            let is_method = !written.is_empty() && written.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'-');
            is_method
                .then(|| Method::from_bytes(written.as_bytes()).ok())
                .flatten()
                .ok_or_else(|| format!("`{}` is no method; write it in capitals, such as `POST`", written.escape_debug()))
        };
        let methods = config.methods.iter().map(method).collect::<Result<_, _>>()?;
        let quota = Quota::parse(&config.limit)?;
        let policy = format!("\"{}\";q={};w={}", config.name, quota.requests, quota.period.as_secs());
        let policy = HeaderValue::try_from(policy).map_err(|error| error.to_string())?;
        Ok(Self { name: config.name.clone(), path: config.path.trim_end_matches('/').to_owned(), methods, quota, policy })
    }

    /// Whether a request counts by this rule. The path is compared as routes compare it: with its escapes undone.
    pub(crate) fn fits(&self, request: &Request) -> bool {
        (self.methods.is_empty() || self.methods.contains(request.method()))
            && (self.path.is_empty()
                || url_path::decode(request.uri().path()).is_some_and(|path| {
                    path.strip_prefix(&self.path).is_some_and(|below| below.is_empty() || below.starts_with('/'))
                }))
    }
}

#[cfg(test)]
mod tests {
    use keyway_cms_sdk::{Bytes, http};

    use super::*;

    fn config(name: &str) -> RuleConfig {
        RuleConfig { name: name.to_owned(), path: everything(), methods: Vec::new(), limit: "1/s".to_owned() }
    }

    fn fits(config: &RuleConfig, method: &str, path: &str) -> bool {
        let request = http::Request::builder().method(method).uri(path).body(Bytes::new()).unwrap();
        Rule::read(config).unwrap().fits(&request)
    }

    #[test]
    fn a_path_is_for_what_lies_below_it() {
        let admin = RuleConfig { path: "/admin/".to_owned(), ..config("admin") };
        for (path, expected) in [
            ("/admin", true),
            ("/admin/", true),
            ("/admin/users?x=/", true),
            ("/%61dmin/users", true),
            ("/administrator", false),
            ("/", false),
            ("/a/admin", false),
            ("/Admin", false),
        ] {
            assert_eq!(fits(&admin, "GET", path), expected, "{path}");
        }
        assert!(fits(&config("all"), "GET", "/") && fits(&config("all"), "PURGE", "/a/b"));
    }

    #[test]
    fn methods_are_exact() {
        let changes = RuleConfig { methods: vec!["POST".to_owned(), "PUT".to_owned()], ..config("changes") };
        assert!(fits(&changes, "POST", "/") && fits(&changes, "PUT", "/a"));
        assert!(!fits(&changes, "GET", "/") && !fits(&changes, "DELETE", "/"));
    }

    #[test]
    fn mistakes_are_told_all_together() {
        let rules = [
            config("a b"),
            RuleConfig { path: "admin".to_owned(), ..config("path") },
            RuleConfig { methods: vec!["post".to_owned()], ..config("method") },
            RuleConfig { limit: "many".to_owned(), ..config("limit") },
            config("limit"),
        ];
        let problems = Rule::read_all(&rules).unwrap_err();
        for part in
            ["`a b`", "`admin` does not begin", "`post` is no method", "`many` is no limit", "two rules are called `limit`"]
        {
            assert!(problems.contains(part), "{part}: {problems}");
        }
    }
}
