//! The packages that both sides were built from.

use keyway_manifest::record::{HostFacts, PointLayout, SdkFacts};

use super::{HOST, extending, verdict};
use crate::sample::{ROUTE, SDK};

#[test]
fn other_packages_alone_keep_nobody_out() {
    let sdk = SdkFacts { version: "0.1.5", ..SDK };
    let verdict = verdict(&HOST, &extending(PointLayout { sdk, ..ROUTE }));
    assert!(verdict.fits(), "{verdict}");
    assert_eq!(verdict.packages().len(), 1);
    assert!(verdict.to_string().ends_with("site-sdk  0.1.4  0.1.5"), "{verdict}");
}

/// Configurations cross through its trait objects, which no layout describes.
#[test]
fn another_version_of_the_crate_that_keyway_hands_across() {
    const HANDED: SdkFacts = SdkFacts::of("site-sdk", "0.1.4", Some("erased-serde 0.4.9;serde 1.0.228"));
    const THERE: HostFacts<'static> = HostFacts { points: &[&PointLayout { sdk: HANDED, ..ROUTE }], ..HOST };
    let with = |digest| extending(PointLayout { sdk: SdkFacts::of("site-sdk", "0.1.4", digest), ..ROUTE });
    assert!(verdict(&THERE, &with(Some("erased-serde 0.4.9;serde 1.0.228"))).fits());
    assert!(verdict(&THERE, &with(Some("serde 1.0.228"))).fits(), "a digest that lacks it knows nothing of it");
    assert!(verdict(&THERE, &with(None)).fits(), "what is unknown keeps nobody out");
    let verdict = verdict(&THERE, &with(Some("erased-serde 0.4.10;serde 1.0.228")));
    assert_eq!(verdict.differences().len(), 1, "{verdict}");
    let text = verdict.to_string();
    let expected = [
        "  KW0711 `keyway` was built from another version of `erased-serde`",
        "                  host   plugin",
        "    erased-serde  0.4.9  0.4.10",
        "    configurations and stored events cross through trait objects of that crate",
        "    help: `cargo update -p erased-serde --precise 0.4.9` in the plugin's workspace, and build the plugin again",
    ];
    assert!(text.contains(&expected.join("\n")), "{text}");
}
