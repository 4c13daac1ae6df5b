//! Which permissions the extension points of an SDK need: read from the SDK's source, as nothing of it is in a plugin's object code.

use std::collections::BTreeMap;
use std::path::PathBuf;

use keyway_manifest::parse::{LARGEST_TEXT, read_bounded_text};
use proc_macro2::{TokenStream, TokenTree};

/// The permissions of extension points, by the name of their trait: `Route` needs `http.routes`.
#[derive(Debug, Default)]
pub(crate) struct Points {
    needs: BTreeMap<String, String>,
}

impl Points {
    /// Reads the points that are declared in source files. `Job` is Keyway's own.
    pub(crate) fn read(files: impl IntoIterator<Item = PathBuf>) -> Self {
        let mut points = Self { needs: BTreeMap::from([("Job".to_owned(), "jobs.schedule".to_owned())]) };
        for file in files {
            let text = read_bounded_text(&file, LARGEST_TEXT).unwrap_or_default();
            if text.contains("extension_point")
                && let Ok(tokens) = text.parse::<TokenStream>()
            {
                points.tokens(tokens);
            }
        }
        points
    }

    /// The permission that a point needs, given the path of its trait.
    pub(crate) fn permission(&self, path: &str) -> Option<&str> {
        self.needs.get(path.rsplit("::").next()?).map(String::as_str)
    }

    /// Whether any point needs a permission. If none does, points do not tell whether it is made use of.
    pub(crate) fn is_needed(&self, permission: &str) -> bool {
        self.needs.values().any(|needed| needed == permission)
    }

    fn tokens(&mut self, tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        for (index, token) in tokens.iter().enumerate() {
            let TokenTree::Group(group) = token else { continue };
            let needed = extension_point(group.stream()).and_then(permission_of);
            let name = tokens[index..].iter().skip_while(|token| token.to_string() != "trait").nth(1);
            match (needed, name) {
                (Some(permission), Some(name)) => {
                    self.needs.insert(name.to_string(), permission);
                }
                _ => self.tokens(group.stream()),
            }
        }
    }
}

/// The arguments of `extension_point(…)`, however it is named by its path.
fn extension_point(attribute: TokenStream) -> Option<TokenStream> {
    let tokens: Vec<TokenTree> = attribute.into_iter().collect();
    match tokens.as_slice() {
        [.., TokenTree::Ident(word), TokenTree::Group(arguments)] if word == "extension_point" => Some(arguments.stream()),
        _ => None,
    }
}

/// `permission = keyway::permission::HttpRoutes` needs `http.routes`.
fn permission_of(arguments: TokenStream) -> Option<String> {
    let tokens: Vec<String> = arguments.into_iter().map(|token| token.to_string()).collect();
    let after = tokens.iter().position(|token| token == "permission")? + 1;
    let path: Vec<&String> = tokens[after..].iter().take_while(|token| *token != ",").collect();
    let name = path.last()?;
    let known = keyway_manifest::PERMISSIONS.iter().map(|permission| permission.name);
    known.map(str::to_owned).find(|permission| trait_name(permission) == **name)
}

/// `http.routes` is `HttpRoutes`.
fn trait_name(permission: &str) -> String {
    let words = permission.split('.').map(|word| word[..1].to_uppercase() + &word[1..]);
    words.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_are_read_with_what_they_need() {
        let text = "
            #[extension_point(id = \"a.route\", permission = keyway::permission::HttpRoutes, deadline = \"1s\")]
            pub trait Route { fn a(&self); }
            #[keyway::extension_point(id = \"a.plain\")] pub trait Plain {}
            mod inside { #[extension_point(permission = keyway::permission::NetworkServer)] pub(crate) trait Protocol {} }";
        let mut points = Points::default();
        points.tokens(text.parse().unwrap());
        assert_eq!(points.permission("sdk::route::Route"), Some("http.routes"));
        assert_eq!(points.permission("sdk::Plain"), None);
        assert_eq!(points.permission("sdk::inside::Protocol"), Some("network.server"));
    }
}
