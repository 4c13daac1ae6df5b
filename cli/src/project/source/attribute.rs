//! `#[plugin(manifest = …)]` on the type from which a plugin is derived.

use syn::punctuated::Punctuated;
use syn::{Attribute, Expr, ExprLit, Item, Lit, Meta, Token};

use super::SourceTree;

/// Where a plugin's manifest is, as its attribute says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ManifestSource {
    /// `manifest = "path"`, from the package's folder; `plugin.toml` when the attribute does not say.
    File(String),
    /// `manifest_text = "…"`.
    Text(String),
}

/// Where the manifest is of the plugin that is derived in a module; `None` when none is. The empty path is the root of the library.
pub(crate) fn manifest_of_module(tree: &SourceTree, path: &[String]) -> Option<ManifestSource> {
    let modules = tree.modules().iter().filter(|module| module.path == path);
    modules.flat_map(|module| &module.items).find_map(manifest_of_item)
}

fn manifest_of_item(item: &Item) -> Option<ManifestSource> {
    let attributes = match item {
        Item::Struct(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        _ => return None,
    };
    let derives = |attribute: &&Attribute| {
        attribute.path().is_ident("derive")
            && attribute
                .parse_args_with(Punctuated::<syn::Path, Token![,]>::parse_terminated)
                .is_ok_and(|derived| derived.iter().any(|path| path.segments.last().is_some_and(|last| last.ident == "Plugin")))
    };
    attributes.iter().find(derives)?;
    let plugin = attributes.iter().filter(|attribute| attribute.path().is_ident("plugin"));
    let arguments =
        plugin.filter_map(|attribute| attribute.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated).ok());
    Some(arguments.flatten().find_map(named).unwrap_or_else(|| ManifestSource::File("plugin.toml".to_owned())))
}

fn named(argument: Meta) -> Option<ManifestSource> {
    let Meta::NameValue(pair) = argument else { return None };
    let Expr::Lit(ExprLit { lit: Lit::Str(value), .. }) = pair.value else { return None };
    if pair.path.is_ident("manifest") {
        Some(ManifestSource::File(value.value()))
    } else if pair.path.is_ident("manifest_text") {
        Some(ManifestSource::Text(value.value()))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(code: &str) -> Option<ManifestSource> {
        manifest_of_item(&syn::parse_str(code).unwrap())
    }

    #[test]
    fn finds_manifests_in_attributes() {
        let file = |path: &str| Some(ManifestSource::File(path.to_owned()));
        assert_eq!(manifest("#[derive(Plugin)] struct A;"), file("plugin.toml"));
        assert_eq!(
            manifest(
                "#[derive(Debug, keyway::Plugin)] #[plugin(provides(Route), state(version = 2), manifest = \"a.toml\")] struct A;"
            ),
            file("a.toml")
        );
        let text = Some(ManifestSource::Text("manifest-version = 1".to_owned()));
        assert_eq!(manifest("#[derive(Plugin)] #[plugin(manifest_text = r#\"manifest-version = 1\"#)] enum A {}"), text);
        assert_eq!(manifest("#[derive(Debug)] struct A;"), None);
        assert_eq!(manifest("fn a() {}"), None);
    }
}
