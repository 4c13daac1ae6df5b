//! When a dependency is part of a build, as a `cfg` predicate.

/// One way for a dependency to become part of a build: one of some features, on some targets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// Any of these features; empty when no feature is needed.
    pub features: Vec<String>,
    /// A `cfg` predicate that the target must satisfy, for example `all(unix, target_arch = "x86_64")`; `None` for every target.
    pub target: Option<String>,
}

impl Condition {
    /// The condition of a dependency that is always there.
    pub const ALWAYS: Self = Self { features: Vec::new(), target: None };

    /// The predicate for `#[cfg(…)]`; `None` when it always holds.
    #[must_use]
    pub fn cfg(&self) -> Option<String> {
        let features: Vec<String> = self.features.iter().map(|feature| format!("feature = {feature:?}")).collect();
        joined("all", joined("any", features).into_iter().chain(self.target.clone()).collect())
    }

    /// The predicate for `#[cfg(…)]` of a dependency that several conditions may bring in; `None` when it always holds.
    #[must_use]
    pub fn any_cfg(conditions: &[Self]) -> Option<String> {
        let predicates: Option<Vec<String>> = conditions.iter().map(Self::cfg).collect();
        joined("any", predicates?)
    }
}

fn joined(operator: &str, mut predicates: Vec<String>) -> Option<String> {
    predicates.dedup();
    match predicates.len() {
        0 => None,
        1 => predicates.pop(),
        _ => Some(format!("{operator}({})", predicates.join(", "))),
    }
}

#[cfg(test)]
mod tests {
    use super::Condition;

    #[test]
    fn writes_the_shortest_predicate() {
        let condition = |features: &[&str], target: Option<&str>| Condition {
            features: features.iter().map(|&feature| feature.to_owned()).collect(),
            target: target.map(str::to_owned),
        };
        for (conditions, expected) in [
            (vec![Condition::ALWAYS], None),
            (vec![condition(&["feed"], None)], Some("feature = \"feed\"")),
            (vec![condition(&["a", "b"], None)], Some("any(feature = \"a\", feature = \"b\")")),
            (vec![condition(&[], Some("unix"))], Some("unix")),
            (vec![condition(&["a"], Some("unix"))], Some("all(feature = \"a\", unix)")),
            (
                vec![condition(&["a"], Some("unix")), condition(&[], Some("windows"))],
                Some("any(all(feature = \"a\", unix), windows)"),
            ),
            (vec![condition(&["a"], Some("unix")), Condition::ALWAYS], None),
        ] {
            assert_eq!(Condition::any_cfg(&conditions).as_deref(), expected);
        }
    }
}
