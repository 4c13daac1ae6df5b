//! Libraries that really do not fit: each is refused with its whole reason, before any code of it has run.
//!
//! The plugin has a constructor, which the system's loader calls as soon as it opens a library, and which leaves a file behind.

mod program;
pub(crate) mod workspace;

use std::fs;
use std::process::Command;

use keyway::Host;
use misfit_sdk::{Gallery, Mixer};

use program::{builder, check, refusal};
use workspace::Workspace;

const SDK: &str = "sdk/src/lib.rs";
const PLUGIN: &str = "plugin/src/lib.rs";

/// Builds the library, and has the program refuse it with the text in `misfit/expected/<name>.txt`.
async fn is_refused(name: &str, workspace: &Workspace) {
    workspace.build().unwrap_or_else(|error| panic!("{error}"));
    check(name, &refusal(workspace).await);
}

async fn is_accepted(workspace: &Workspace) -> Host {
    workspace.build().unwrap_or_else(|error| panic!("{error}"));
    assert!(!workspace.marker().exists());
    let host = builder(workspace).start().await.unwrap_or_else(|error| panic!("{error}"));
    assert!(workspace.marker().exists(), "the constructor leaves no file behind, so that its absence would say nothing");
    let picture = host.extensions::<dyn Gallery>()[0].show("sea").expect("there is a picture of the sea");
    assert_eq!((picture.title.as_str(), picture.width, picture.height), ("The sea", 640, 480));
    host
}

#[tokio::test]
async fn two_unrelated_workspaces_fit() {
    for name in ["fits", "fits-too"] {
        let host = is_accepted(&Workspace::new(name)).await;
        assert!(host.extensions::<dyn Mixer>()[0].seed().is_some());
        assert!(host.stop().await.is_clean());
    }
}

#[tokio::test]
async fn another_method_in_a_point_that_is_not_used_fits() {
    let workspace = Workspace::new("unused-method").with(
        SDK,
        "fn material(&self)",
        "fn width(&self) -> Option<u32>;\n    fn material(&self)",
    );
    assert!(is_accepted(&workspace).await.stop().await.is_clean());
}

#[tokio::test]
async fn another_version_of_the_sdk() {
    let workspace = Workspace::new("sdk-version")
        .with("Cargo.toml", "version = \"0.1.0\"", "version = \"0.2.0\"")
        .with(SDK, "gallery\", version = \"1.0.0\"", "gallery\", version = \"2.0.0\"")
        .with(SDK, "pub width: u32", "pub width: u64");
    is_refused("sdk-version", &workspace).await;
}

#[tokio::test]
async fn another_version_of_the_sdk_with_the_same_points() {
    let workspace = Workspace::new("sdk-grown").with("Cargo.toml", "version = \"0.1.0\"", "version = \"0.1.1\"").with(
        SDK,
        "pub width: u32",
        "pub width: u64",
    );
    is_refused("sdk-grown", &workspace).await;
}

#[tokio::test]
async fn another_set_of_features_of_the_sdk() {
    let workspace = Workspace::new("sdk-features")
        .with("plugin/Cargo.toml", "misfit-sdk.workspace = true", "misfit-sdk = { workspace = true, features = [\"colours\"] }")
        .with(PLUGIN, "height: 480", "height: 480, colours: vec![7]");
    is_refused("sdk-features", &workspace).await;
}

#[tokio::test]
async fn two_fields_in_each_others_place() {
    let fields = "pub width: u32,\n    /// Pixels from top to bottom.\n    pub height: u32";
    let swapped = "pub height: u32,\n    /// Pixels from left to right.\n    pub width: u32";
    is_refused("swapped-fields", &Workspace::new("swapped-fields").with(SDK, fields, swapped)).await;
}

#[tokio::test]
async fn another_method_in_a_point_that_is_used() {
    let workspace = Workspace::new("used-method")
        .with(SDK, "fn show(", "fn count(&self) -> Option<usize>;\n    /// One picture.\n    fn show(")
        .with(PLUGIN, "fn show(", "fn count(&self) -> Option<usize> {\n        Some(1)\n    }\n\n    fn show(");
    is_refused("used-method", &workspace).await;
}

#[tokio::test]
async fn another_version_of_a_crate_whose_type_crosses() {
    let workspace = Workspace::new("crate-version").with_own_target();
    let workspace = workspace.with("sdk/Cargo.toml", "version = \"0.2\"", "version = \"0.1\"");
    workspace.build().unwrap_or_else(|error| panic!("{error}"));
    let text = refusal(&workspace).await;
    let (text, rows) = text.split_once("from other packages\n").expect("the packages are told");
    check("crate-version", text);
    // First what both have; below it all that only the program needs, which changes with each of its dependencies.
    let first: Vec<&str> = rows.lines().nth(1).unwrap_or_default().split_whitespace().collect();
    assert_eq!(first, ["foldhash", "0.1.5,", "0.2.0", "0.1.5"]);
}

#[tokio::test]
async fn another_profile_of_a_crate_whose_type_crosses() {
    let workspace = Workspace::new("crate-profile");
    is_refused("crate-profile", &workspace.with_settings("\n[profile.dev.package.foldhash]\nopt-level = 3\n")).await;
}

#[tokio::test]
async fn a_release_of_the_plugin_for_a_program_that_is_none() {
    // A type that only the compiler's number describes is another one, and all that is described fits.
    is_refused("release", &Workspace::new("release").release()).await;
    let workspace = Workspace::new("release-described")
        .release()
        .with(PLUGIN, "provides(Gallery, Mixer)", "provides(Gallery)")
        .with(PLUGIN, "impl Mixer for Misfit", "impl Misfit")
        .with(PLUGIN, "    fn seed(", "    #[expect(dead_code)]\n    fn seed(")
        .with(PLUGIN, "Gallery, Mixer, Picture", "Gallery, Picture");
    assert!(is_accepted(&workspace).await.stop().await.is_clean());
}

#[tokio::test]
async fn panics_that_end_the_process() {
    is_refused("panic-abort", &Workspace::new("panic-abort").rustc_argument("-Cpanic=abort")).await;
}

/// Needs the toolchain, and prints that it was skipped without it.
#[tokio::test]
async fn another_compiler() {
    let told = Command::new("rustc").args(["+nightly", "--print", "sysroot"]).output();
    let Some(sysroot) = told.ok().filter(|told| told.status.success()) else {
        println!("skipped: there is no nightly Rust; 'rustup toolchain install nightly' brings it");
        return;
    };
    let sysroot = String::from_utf8_lossy(&sysroot.stdout).trim().to_owned();
    is_refused("nightly", &Workspace::new("nightly").env("RUSTC", format!("{sysroot}/bin/rustc"))).await;
}

#[test]
fn a_global_allocator_of_its_own_does_not_build() {
    let own = "use std::alloc::System;\n\n#[global_allocator]\nstatic OWN: System = System;\n\nextern \"C\" fn loaded";
    let error = Workspace::new("allocator").with(PLUGIN, "extern \"C\" fn loaded", own).build().unwrap_err().to_string();
    assert!(error.contains("error: cannot define multiple global allocators"), "{error}");
    assert!(error.contains("plugin/src/lib.rs"), "{error}");
}

#[tokio::test]
async fn a_library_that_is_no_plugin() {
    let workspace = Workspace::new("no-record");
    workspace.build_plainly();
    check("no-record", &refusal(&workspace).await);
}

#[tokio::test]
async fn a_record_of_a_form_to_come() {
    const RECORD: &[u8] = b"KEYWAY\0\x01\x01\0\0\0";
    let workspace = Workspace::new("future");
    let library = workspace.build().unwrap_or_else(|error| panic!("{error}"));
    let mut bytes = fs::read(&library).expect("the library can be read");
    let found: Vec<_> = (0..bytes.len() - RECORD.len()).filter(|at| bytes[*at..].starts_with(RECORD)).collect();
    assert!(!found.is_empty());
    found.iter().for_each(|at| bytes[at + 8] = 2);
    fs::write(&library, bytes).expect("the library can be written");
    check("future", &refusal(&workspace).await);
}

#[tokio::test]
async fn half_a_library() {
    let workspace = Workspace::new("half");
    let library = workspace.build().unwrap_or_else(|error| panic!("{error}"));
    let bytes = fs::read(&library).expect("the library can be read");
    fs::write(&library, &bytes[..bytes.len() / 2]).expect("the library can be written");
    check("half", &refusal(&workspace).await);
}
