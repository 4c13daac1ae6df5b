//! The plugin is not where the host looks for it: in a module, and not in the one that the host names.

mod clock {
    mod inner {
        use keyway::prelude::*;

        #[derive(Plugin)]
        #[plugin(manifest_text = r#"
manifest-version = 1
[plugin]
id = "site.clock"
version = "1.0.0"
host = "*"
"#)]
        pub struct Clock;

        impl Lifecycle for Clock {
            type Config = ();

            async fn init(_: &Context<Self>, (): ()) -> Result<Self, Error> {
                Ok(Self)
            }
        }
    }
}

keyway::host! { policy = grant_requested, plugins = [clock] }

fn main() {
    let _ = plugins();
}
