//! Plugins that do not read their settings well.

use keyway::testing::{Check, Conformance};

use crate::found;

/// The one setting that these plugins read.
#[derive(Debug, serde::Deserialize)]
pub struct Settings {
    #[serde(rename = "size")]
    _size: u8,
}

/// Its manifest has a setting that it does not read.
mod deaf {
    use keyway::prelude::*;

    use super::Settings;

    #[derive(Debug, Plugin)]
    #[plugin(manifest_text = r#"
        manifest-version = 1
        [plugin]
        id = "test.deaf"
        version = "1.0.0"
        host = "*"
        [config]
        size = 3
        colour = "red"
    "#)]
    pub struct Deaf;

    impl Lifecycle for Deaf {
        type Config = Settings;
        async fn init(_: &Context<Self>, _: Settings) -> Result<Self, Error> {
            Ok(Self)
        }
    }
}

/// Does not look before it takes.
mod rash {
    use keyway::prelude::*;

    #[derive(Debug, Plugin)]
    #[plugin(manifest_text = r#"
        manifest-version = 1
        [plugin]
        id = "test.rash"
        version = "1.0.0"
        host = "*"
        [config]
        size = 3
    "#)]
    pub struct Rash;

    impl Lifecycle for Rash {
        type Config = toml::Table;
        async fn init(_: &Context<Self>, settings: toml::Table) -> Result<Self, Error> {
            assert!(settings["size"].as_integer().unwrap() > 0);
            Ok(Self)
        }
    }
}

/// Its default is of another type than the plugin reads.
mod wrong {
    use keyway::prelude::*;

    use super::Settings;

    #[derive(Debug, Plugin)]
    #[plugin(manifest_text = r#"
        manifest-version = 1
        [plugin]
        id = "test.wrong"
        version = "1.0.0"
        host = "*"
        [config]
        size = "3"
    "#)]
    pub struct Wrong;

    impl Lifecycle for Wrong {
        type Config = Settings;
        async fn init(_: &Context<Self>, _: Settings) -> Result<Self, Error> {
            Ok(Self)
        }
    }
}

#[test]
fn a_setting_that_nobody_reads_is_found() {
    let found = found(&Conformance::of::<deaf::Deaf>(), Check::Settings);
    let expected =
        "start with `colour` of another type: `colour` of `[config]` is taken whatever it is: array, boolean, table, float";
    assert_eq!(found, [expected]);
}

#[test]
fn a_panic_at_a_value_of_another_type_is_found() {
    let found = found(&Conformance::of::<rash::Rash>(), Check::Settings);
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(found[0].starts_with("start with `size = [[]]`: KW0607 plugin `test.rash 1.0.0` panicked in `init`"), "{found:#?}");
}

#[test]
fn defaults_that_do_not_fit_are_found() {
    let found = found(&Conformance::of::<wrong::Wrong>(), Check::Settings);
    assert!(found.len() == 1 && found[0].contains("`size` in `[config]` of"), "{found:#?}");
}
