//! What a crate with one plugin brings along: how many crates, and how long a first check takes.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::time::Instant;

use crate::project::{cargo, folder, keyway_root, run, write};
use crate::table::median;
use crate::usage;

const ROUNDS: usize = 3;

struct Crate {
    name: &'static str,
    manifest: String,
    source: &'static str,
    build_script: Option<&'static str>,
    /// Whether it can be compiled without system libraries; else its crates are only counted.
    is_compiled: bool,
}

const PLUGIN: &str = r#"//! A plugin.
use keyway::prelude::*;
#[derive(Plugin)]
#[plugin(manifest_text = r"
manifest-version = 1
[plugin]
id = 'site.one'
host = '^0.1'
")]
pub struct One;
impl Lifecycle for One {
    type Config = ();
    async fn init(_: &Context<Self>, _: ()) -> Result<Self, Error> {
        Ok(Self)
    }
}
"#;

/// Counts and checks a crate with one Keyway plugin and one with what a Tauri plugin needs.
pub(crate) fn measure() -> Result<(), String> {
    let tauri_build = "[build-dependencies]\ntauri-plugin = { version = \"2\", features = [\"build\"] }\n";
    let build_script = Some("fn main() { let _ = tauri_plugin::Builder::new(&[]); }\n");
    let crates = [
        Crate {
            name: "one plugin on `keyway`",
            manifest: format!("[dependencies]\nkeyway = {{ path = \"{}/core\" }}\n", keyway_root()),
            source: PLUGIN,
            build_script: None,
            is_compiled: true,
        },
        Crate {
            name: "a plugin's build script on `tauri-plugin`, without `tauri`",
            manifest: tauri_build.to_owned(),
            source: "",
            build_script,
            is_compiled: true,
        },
        Crate {
            name: "a plugin on `tauri-plugin` and `tauri` without default features",
            manifest: format!("{tauri_build}[dependencies]\ntauri = {{ version = \"2\", default-features = false }}\n"),
            source: "",
            build_script,
            is_compiled: false,
        },
    ];
    println!("| a crate with one plugin | crates | clean `cargo check`, wall s | CPU s |\n|---|--:|--:|--:|");
    for (index, one) in crates.iter().enumerate() {
        let folder = folder().join("weight").join(format!("weight-{index}"));
        one.write(&folder, index)?;
        let count = count_crates(&folder)?;
        let (wall, processor) = if one.is_compiled { check(&folder)? } else { ("needs GTK".to_owned(), "-".to_owned()) };
        println!("| {} | {count} | {wall} | {processor} |", one.name);
    }
    println!();
    Ok(())
}

impl Crate {
    fn write(&self, folder: &Path, index: usize) -> Result<(), String> {
        let head = format!("[package]\nname = \"weight-{index}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[workspace]\n\n");
        write(&folder.join("Cargo.toml"), &format!("{head}{}", self.manifest))?;
        write(&folder.join("src").join("lib.rs"), self.source)?;
        self.build_script.map_or(Ok(()), |script| write(&folder.join("build.rs"), script))
    }
}

/// The crates that cargo compiles for this machine, without the crate itself.
fn count_crates(folder: &Path) -> Result<usize, String> {
    run(cargo(folder).args(["fetch", "--quiet"]))?;
    let tree = run(cargo(folder).args(["tree", "--offline", "--edges", "normal,build", "--prefix", "none", "--no-dedupe"]))?;
    let crates: BTreeSet<String> = tree
        .lines()
        .skip(1)
        .map(|line| line.split(' ').take(2).collect::<Vec<_>>().join(" "))
        .filter(|line| !line.is_empty())
        .collect();
    Ok(crates.len())
}

fn check(folder: &Path) -> Result<(String, String), String> {
    let (mut walls, mut processor) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let _ = fs::remove_dir_all(folder.join("target"));
        let (begun, before) = (Instant::now(), usage::of_children());
        run(cargo(folder).args(["check", "--quiet", "--offline", "--jobs", "2"]))?;
        walls.push(begun.elapsed().as_secs_f64());
        processor.push((usage::of_children() - before).as_secs_f64());
    }
    Ok((format!("{:.1}", median(walls.into_iter())), format!("{:.1}", median(processor.into_iter()))))
}
