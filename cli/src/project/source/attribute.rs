//! `#[plugin(…)]` on the type from which a plugin is derived, as far as manifests need it.

use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Attribute, Expr, ExprLit, Item, Lit, LitStr, Meta, Token};

use super::SourceTree;

/// Where a plugin's manifest is, as its attribute says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ManifestSource {
    /// `manifest = "path"`, from the package's folder; `plugin.toml` when the attribute does not say.
    File(String),
    /// `manifest_text = "…"`.
    Text(String),
}

/// What `#[plugin(…)]` says that a manifest does not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PluginAttribute {
    /// Where the manifest is.
    pub(crate) manifest: ManifestSource,
    /// The names of the permissions of an SDK that it may ask for.
    pub(crate) permissions: Vec<String>,
}

/// The attribute of the plugin that is derived in a module of this path; `None` when none is.
pub(crate) fn plugin_of_module(tree: &SourceTree, path: &[String]) -> Option<PluginAttribute> {
    let modules = tree.modules().iter().filter(|module| module.path == path);
    modules.flat_map(|module| &module.items).find_map(plugin_of_item)
}

/// The attribute of the plugin of a package, in whatever module it is derived.
pub(crate) fn plugin_of_package(tree: &SourceTree) -> Option<PluginAttribute> {
    tree.modules().iter().flat_map(|module| &module.items).find_map(plugin_of_item)
}

fn plugin_of_item(item: &Item) -> Option<PluginAttribute> {
    let attributes = match item {
        Item::Struct(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        _ => return None,
    };
    let is_plugin = |path: &syn::Path| path.segments.last().is_some_and(|last| last.ident == "Plugin");
    let derives = |attribute: &&Attribute| {
        let list = Punctuated::<syn::Path, Token![,]>::parse_terminated;
        attribute.path().is_ident("derive") && attribute.parse_args_with(list).is_ok_and(|derived| derived.iter().any(is_plugin))
    };
    attributes.iter().find(derives)?;
    let mut found = PluginAttribute { manifest: ManifestSource::File("plugin.toml".to_owned()), permissions: Vec::new() };
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("plugin")) {
        let arguments = attribute.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated).unwrap_or_default();
        arguments.into_iter().for_each(|argument| found.read(argument));
    }
    Some(found)
}

impl PluginAttribute {
    fn read(&mut self, argument: Meta) {
        match argument {
            Meta::NameValue(pair) => {
                let Expr::Lit(ExprLit { lit: Lit::Str(value), .. }) = pair.value else { return };
                if pair.path.is_ident("manifest") {
                    self.manifest = ManifestSource::File(value.value());
                } else if pair.path.is_ident("manifest_text") {
                    self.manifest = ManifestSource::Text(value.value());
                }
            }
            Meta::List(list) if list.path.is_ident("permissions") => {
                let names = list.parse_args_with(Punctuated::<NamedPermission, Token![,]>::parse_terminated).unwrap_or_default();
                self.permissions.extend(names.into_iter().map(|named| named.0));
            }
            Meta::List(_) | Meta::Path(_) => {}
        }
    }
}

/// `"mail.send" = site_sdk::permission::MailSend`.
struct NamedPermission(String);

impl Parse for NamedPermission {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let name: LitStr = input.parse()?;
        input.parse::<Token![=]>()?;
        input.parse::<syn::Path>()?;
        Ok(Self(name.value()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plugin(code: &str) -> Option<(ManifestSource, Vec<String>)> {
        plugin_of_item(&syn::parse_str(code).unwrap()).map(|found| (found.manifest, found.permissions))
    }

    #[test]
    fn finds_manifests_and_permissions_in_attributes() {
        let file = |path: &str| ManifestSource::File(path.to_owned());
        assert_eq!(plugin("#[derive(Plugin)] struct A;"), Some((file("plugin.toml"), Vec::new())));
        let code = "#[derive(Debug, keyway::Plugin)] #[plugin(provides(Route), state(version = 2), manifest = \"a.toml\")] \
                    #[plugin(permissions(\"mail.send\" = sdk::MailSend, \"mail.read\" = R), crate = ::keyway)] struct A;";
        assert_eq!(plugin(code), Some((file("a.toml"), vec!["mail.send".to_owned(), "mail.read".to_owned()])));
        let text = ManifestSource::Text("manifest-version = 1".to_owned());
        let code = "#[derive(Plugin)] #[plugin(manifest_text = r#\"manifest-version = 1\"#)] enum A {}";
        assert_eq!(plugin(code), Some((text, Vec::new())));
        assert_eq!(plugin("#[derive(Debug)] struct A;"), None);
        assert_eq!(plugin("fn a() {}"), None);
    }
}
