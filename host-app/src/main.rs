//! The program `keyway-cms`: reads the command line, does what it asks for, and says in words what went wrong.

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use keyway_cms::arguments::{Arguments, Command, Form, HELP};
use keyway_cms::listing::{self, PluginEntry};
use keyway_cms::{
    ConfigFile, Failure, Program, Settings, asked_to_stop, audit_report, data_folder, hash_password, logging, plugins,
};

fn main() -> ExitCode {
    if let Some(answered) = keyway::host::answer_tools(|| keyway::Host::builder(plugins())) {
        return answered;
    }
    match run(std::env::args_os().skip(1)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            // Nothing is left to be done when stderr is gone.
            let _ = writeln!(io::stderr(), "{failure}");
            failure.exit_code()
        }
    }
}

fn run(arguments: impl Iterator<Item = OsString>) -> Result<(), Failure> {
    let arguments = Arguments::parse(arguments)?;
    match arguments.command {
        Command::Help => print(HELP),
        Command::Version => print(concat!("keyway-cms ", env!("CARGO_PKG_VERSION"), "\n")),
        Command::Plugins(Form::Text) => print(&listing::plugins(&listed(&arguments)?)),
        Command::Plugins(Form::Json) => print(&listing::json(&listed(&arguments)?)?),
        Command::Plugins(Form::Surface) => print(&listing::surface(plugins(), &arguments, config_file(&arguments)?)?),
        Command::Graph => print(&listing::graph(&listed(&arguments)?)),
        Command::Audit => audit(&data_folder(&arguments, config_file(&arguments)?)),
        Command::HashPassword => print(&hash_password(&config_file(&arguments)?)?),
        Command::Serve => serve(&arguments),
    }
}

fn listed(arguments: &Arguments) -> Result<Vec<PluginEntry>, Failure> {
    PluginEntry::configured(plugins(), arguments, config_file(arguments)?)
}

fn config_file(arguments: &Arguments) -> Result<ConfigFile, Failure> {
    Ok(arguments.config.as_deref().map(ConfigFile::read).transpose()?.unwrap_or_default())
}

/// Prints the entries to stdout, damaged or not; what is damaged is the program's failure.
fn audit(folder: &Path) -> Result<(), Failure> {
    let report = audit_report(folder)?;
    print(&report.entries)?;
    if report.is_whole {
        return print(&report.summary);
    }
    Err(Failure::new(report.summary)
        .help("the entries above that are whole can be read as ever; KW0670 in the guide says what each damage can mean")
        .help("the program keeps a damaged file under another name, and goes on in a new one"))
}

fn serve(arguments: &Arguments) -> Result<(), Failure> {
    logging::begin(arguments.log.as_deref())?;
    let settings = Settings::resolve(arguments, config_file(arguments)?)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::new(format!("the program's threads cannot be started: {error}")))?;
    runtime.block_on(async {
        let program = Program::start(plugins(), &settings).await?;
        print(&program.greeting())?;
        let farewell = program.run(asked_to_stop()).await;
        print(&farewell)
    })
}

/// Writes to stdout. A reader that has gone away, as in `keyway-cms plugins | head -1`, is no failure.
fn print(text: &str) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::new(format!("the output cannot be written: {error}")))
        }
        _ => Ok(()),
    }
}
