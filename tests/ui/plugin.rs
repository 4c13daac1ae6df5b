// `plugin!(module, manifest)`: a plugin in a module of its own, for cases about graphs and hosts.

macro_rules! plugin {
    ($module:ident, $manifest:literal) => {
        mod $module {
            use keyway::prelude::*;

            #[derive(Plugin)]
            #[plugin(manifest_text = $manifest)]
            pub struct Instance;

            impl Lifecycle for Instance {
                type Config = ();

                async fn init(_: &Context<Self>, (): ()) -> Result<Self, Error> {
                    Ok(Self)
                }
            }
        }
    };
}
