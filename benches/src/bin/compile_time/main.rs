//! What Keyway costs while a program is compiled, beside what its peers cost.
//!
//! `cargo run --release --manifest-path benches/Cargo.toml --bin compile_time -- [derive] [graph] [lock] [weight]`; without arguments all four. It writes
//! small crates under `benches/target/compile-time` and compiles each several times, in turns. Figures are processor seconds, user and
//! system, of the one crate's rustc: cargo, the dependencies and whatever else the machine does are left out.

mod cases;
mod project;
mod table;
mod usage;
mod weight;

use std::process::ExitCode;

use project::{Mode, Project};
use table::Table;

/// How often each crate is compiled, after once to warm up.
const ROUNDS: usize = 5;

fn main() -> ExitCode {
    if let Some(code) = usage::as_wrapper() {
        return code;
    }
    let chosen: Vec<String> = std::env::args().skip(1).collect();
    let is_chosen = |topic: &str| chosen.is_empty() || chosen.iter().any(|name| name == topic);
    match run(is_chosen) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}

fn run(is_chosen: impl Fn(&str) -> bool) -> Result<(), String> {
    if is_chosen("derive") {
        derive(Mode::Check)?;
        derive(Mode::Build)?;
    }
    if is_chosen("graph") {
        graph()?;
    }
    if is_chosen("lock") {
        lock()?;
    }
    if is_chosen("weight") {
        weight::measure()?;
    }
    Ok(())
}

fn derive(mode: Mode) -> Result<(), String> {
    let project = Project::write("derive", &cases::derives())?;
    let samples = project.compile(mode, ROUNDS)?;
    let mut table = Table::new(&format!("100 uses in one crate, {}", mode.command()));
    for case in &samples {
        table.push(case.name, &case.seconds, &samples[0].seconds);
    }
    table.print();
    Ok(())
}

fn graph() -> Result<(), String> {
    let project = Project::write("graph", &cases::graphs())?;
    let samples = project.compile(Mode::Check, ROUNDS)?;
    let mut table = Table::new("graph check inside rustc, plugins x 5 requirements, cargo check");
    for pair in samples.chunks_exact(2) {
        table.push(pair[0].name, &pair[0].seconds, &pair[0].seconds);
        table.push(pair[1].name, &pair[1].seconds, &pair[0].seconds);
    }
    table.print();
    Ok(())
}

fn lock() -> Result<(), String> {
    let project = Project::write("lock", &cases::locks())?;
    let samples = project.compile(Mode::Check, ROUNDS)?;
    let mut table = Table::new("1,000 plugins with two permissions each, cargo check");
    for case in &samples {
        table.push(case.name, &case.seconds, &samples[0].seconds);
    }
    table.print();
    Ok(())
}
