//! Every mistake that can be made in `state(…)`.

use keyway::prelude::*;

pub mod empty {
    use super::*;

    #[derive(Plugin)]
    #[plugin(state(), manifest_text = "manifest-version = 1\n[plugin]\nid = \"site.a\"\nversion = \"1.0.0\"\nhost = \"*\"")]
    pub struct Empty;

    impl Lifecycle for Empty {
        type Config = ();

        async fn init(_: &Context<Self>, (): ()) -> Result<Self, Error> {
            Ok(Self)
        }
    }
}

pub mod zero {
    use super::*;

    #[derive(Plugin)]
    #[plugin(state(version = 0), manifest_text = "manifest-version = 1\n[plugin]\nid = \"site.a\"\nversion = \"1.0.0\"\nhost = \"*\"")]
    pub struct Zero;

    impl Lifecycle for Zero {
        type Config = ();

        async fn init(_: &Context<Self>, (): ()) -> Result<Self, Error> {
            Ok(Self)
        }
    }
}

pub mod newer {
    use super::*;

    #[derive(Plugin)]
    #[plugin(state(version = 2, migrates_from = 3), manifest_text = "manifest-version = 1\n[plugin]\nid = \"site.a\"\nversion = \"1.0.0\"\nhost = \"*\"")]
    pub struct Newer;

    impl Lifecycle for Newer {
        type Config = ();

        async fn init(_: &Context<Self>, (): ()) -> Result<Self, Error> {
            Ok(Self)
        }
    }
}

pub mod long {
    use super::*;

    #[derive(Plugin)]
    #[plugin(state(version = 200, migrates_from = 1), manifest_text = "manifest-version = 1\n[plugin]\nid = \"site.a\"\nversion = \"1.0.0\"\nhost = \"*\"")]
    pub struct Long;

    impl Lifecycle for Long {
        type Config = ();

        async fn init(_: &Context<Self>, (): ()) -> Result<Self, Error> {
            Ok(Self)
        }
    }
}

pub mod never {
    use super::*;

    #[derive(Plugin)]
    #[plugin(state(version = 1, downgrade = "never"), manifest_text = "manifest-version = 1\n[plugin]\nid = \"site.a\"\nversion = \"1.0.0\"\nhost = \"*\"")]
    pub struct Never;

    impl Lifecycle for Never {
        type Config = ();

        async fn init(_: &Context<Self>, (): ()) -> Result<Self, Error> {
            Ok(Self)
        }
    }
}

pub mod misspelt {
    use super::*;

    #[derive(Plugin)]
    #[plugin(state(versoin = 1), manifest_text = "manifest-version = 1\n[plugin]\nid = \"site.a\"\nversion = \"1.0.0\"\nhost = \"*\"")]
    pub struct Misspelt;

    impl Lifecycle for Misspelt {
        type Config = ();

        async fn init(_: &Context<Self>, (): ()) -> Result<Self, Error> {
            Ok(Self)
        }
    }
}

pub mod unknown {
    use super::*;

    #[derive(Plugin)]
    #[plugin(state(version = 1, from = 1), manifest_text = "manifest-version = 1\n[plugin]\nid = \"site.a\"\nversion = \"1.0.0\"\nhost = \"*\"")]
    pub struct Unknown;

    impl Lifecycle for Unknown {
        type Config = ();

        async fn init(_: &Context<Self>, (): ()) -> Result<Self, Error> {
            Ok(Self)
        }
    }
}

fn main() {}
