//! The permissions of this SDK, beside those of `keyway`.

keyway::permission! {
    /// Set the named response headers, in small letters, which no plugin may set otherwise: `set-cookie` and `access-control-*`.
    ///
    /// A plugin that asks for it lists it in its attribute: `#[plugin(permissions("http.headers" = keyway_cms_sdk::permission::HttpHeaders))]`.
    pub trait HttpHeaders = "http.headers", scope = Name;
}
