//! The program as a person starts it.

use std::net::TcpListener;
use std::process::{Command, Output};

use keyway_cms::{Program, Settings, plugins};

use crate::folder::Folder;

fn keyway_cms(arguments: &[&str]) -> Output {
    // Outside of a folder with `docs`, and not as Cargo runs it.
    Command::new(env!("CARGO_BIN_EXE_keyway-cms"))
        .args(arguments)
        .current_dir(env!("CARGO_TARGET_TMPDIR"))
        .env_remove("CARGO_MANIFEST_DIR")
        .output()
        .expect("the program starts")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("the program writes text")
}

/// Runs the program with arguments that are wrong and gives what it says.
fn refused(arguments: &[&str], exit_code: i32) -> String {
    let output = keyway_cms(arguments);
    let message = text(&output.stderr);
    assert_eq!(output.status.code(), Some(exit_code), "{message}");
    assert_eq!(text(&output.stdout), "");
    assert!(message.contains("\n  help: ") && !message.contains("panicked"), "{message}");
    message
}

#[test]
fn help_and_version_go_to_stdout() {
    let help = keyway_cms(&["--help"]);
    assert!(help.status.success() && text(&help.stdout).contains("usage: keyway-cms") && help.stderr.is_empty());
    assert_eq!(text(&keyway_cms(&["--version"]).stdout), concat!("keyway-cms ", env!("CARGO_PKG_VERSION"), "\n"));
}

#[test]
fn mistakes_are_told_with_what_helps() {
    assert!(refused(&["--no-such"], 2).starts_with("error: there is no option `--no-such`"));
    assert!(refused(&["--listen", "nowhere"], 2).contains("is no address to listen on"));
    assert!(refused(&[], 2).starts_with("error: there is nothing to serve: "));
    assert!(refused(&["--content", "no-such"], 2).starts_with("error: the content folder `no-such` cannot be opened"));
    assert!(refused(&["--log", "a=b=c"], 2).contains("is no log filter"));
    assert!(refused(&["--config", "no-such.toml"], 2).starts_with("error: the configuration file `no-such.toml` cannot be read"));
}

#[test]
fn a_mistake_in_the_configuration_shows_its_line() {
    let folder =
        Folder::with("config-mistake", &[("index.md", "# Hi\n"), ("site.toml", "[server]\ntitle = \"T\"\nlisen = \"1\"\n")]);
    let config = folder.path().join("site.toml");
    let message = refused(&["--config", config.to_str().expect("a text path")], 2);
    assert!(message.contains("line 3") && message.contains("lisen") && message.contains("`listen`"), "{message}");
}

#[test]
fn a_mistake_about_plugins_shows_file_and_line_and_is_the_operators() {
    let mistakes = [
        ("[host]\nstop = 1\n", "site.toml:4:1"),
        ("[plugin.\"site.nobody\"]\nx = 1\n", "site.toml:3:9"),
        #[cfg(feature = "feed")]
        ("[plugin.\"site.feed\"]\nentries = \"many\"\n", "site.toml:4:1"),
    ];
    for (mistake, place) in mistakes {
        let file = format!("[server]\nlisten = \"127.0.0.1:0\"\n{mistake}");
        let folder = Folder::with("plugin-mistake", &[("index.md", "# Hi\n"), ("site.toml", &file)]);
        let paths = [folder.path().join("site.toml"), folder.path().to_owned(), folder.path().join("data")];
        let [config, content, data] = [0, 1, 2].map(|index| paths[index].to_str().expect("a text path"));
        let output = keyway_cms(&["--config", config, "--content", content, "--data", data, "--log", "off"]);
        let message = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{message}");
        assert!(message.contains(place) && message.contains("help: "), "{message}");
    }
}

#[test]
fn the_data_folder_has_one_place_in_the_configuration() {
    let folder = Folder::with("two-data-folders", &[("index.md", "# Hi\n"), ("site.toml", "[host]\ndata-folder = \"kept\"\n")]);
    let config = folder.path().join("site.toml");
    let config = config.to_str().expect("a text path");
    // Whatever reads the file says so, and looks into no folder.
    for arguments in [&["--config", config][..], &["audit", "--config", config]] {
        let message = refused(arguments, 2);
        assert!(
            message.contains("sets `data-folder` under `[host]`") && message.contains("`data = \"…\"` under `[server]`"),
            "{message}"
        );
    }
}

#[test]
fn a_taken_port_is_told() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = taken.local_addr().expect("an address").to_string();
    let folder = Folder::with("taken", &[("index.md", "# Hi\n")]);
    let message = refused(&["--listen", &address, "--content", folder.path().to_str().expect("a text path")], 1);
    assert!(message.ends_with("help: stop that program, or choose another port with `--listen`\n"), "{message}");
}

#[test]
fn plugins_are_listed_for_people_and_programs() {
    let people = text(&keyway_cms(&["plugins"]).stdout);
    let output = keyway_cms(&["plugins", "--json"]);
    let listed: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let listed = listed.as_array().expect("a list");
    assert_eq!(listed.len(), plugins().registrations.len());
    for plugin in listed {
        let id = plugin["id"].as_str().expect("an id");
        assert!(people.contains(id), "{people}");
        assert_eq!(plugin["tier"], "static");
        for permission in plugin["permissions"].as_array().expect("permissions") {
            assert_eq!(permission["asked"], permission["granted"], "host.toml grants {id} what it asks for");
            assert!(permission["reason"].as_str().is_some_and(|reason| people.contains(reason)), "{people}");
        }
    }
}

/// The listing is of the program as it would be started with the configuration.
#[cfg(all(feature = "feed", feature = "content", feature = "cache"))]
#[test]
fn a_configuration_is_listed_as_it_would_be_started() {
    let folder = Folder::with("listed", &[("index.md", "# Hi\n")]);
    let config = folder.path().join("site.toml");
    let paths = [config, folder.path().to_owned(), folder.path().join("data")];
    let [config, content, data] = [0, 1, 2].map(|index| paths[index].to_str().expect("a text path"));
    let write = |text: &str| folder.write("site.toml", format!("[server]\nlisten = \"127.0.0.1:0\"\n{text}"));

    write("[host]\ndisabled = [\"site.feed\"]\n");
    let people = text(&keyway_cms(&["plugins", "--config", config]).stdout);
    assert!(people.contains("  `site.feed` is not started: the configuration disables it\n"), "{people}");
    assert!(people.contains("  site.feed (disabled) ") && !people.contains("site.cache (disabled)"), "{people}");
    let listed: serde_json::Value =
        serde_json::from_slice(&keyway_cms(&["plugins", "--json", "--config", config]).stdout).expect("JSON");
    for plugin in listed.as_array().expect("a list") {
        assert_eq!(plugin["disabled"], plugin["id"] == "site.feed", "{plugin}");
        assert_eq!(plugin["left_out"], serde_json::Value::Null);
    }

    // What the program can do without is not in its way.
    write("[host]\noptional = [\"site.cache\"]\n[plugin.\"site.cache\"]\nentrees = 1\n");
    let people = text(&keyway_cms(&["plugins", "--config", config]).stdout);
    assert!(people.contains("  `site.cache` is left out: KW0609 plugin `site.cache "), "{people}");

    // What keeps the program from starting is told as when it is started, with the same end.
    for (mistake, code, exit_code) in [
        ("[host]\ndisabled = [\"site.content\"]\n", "KW0608 plugin `site.feed ", 1),
        ("[host.native]\nrequire-signatures = true\n", "KW0612 ", 2),
        ("[plugin.\"site.cache\"]\nentrees = 1\n", "KW0609 plugin `site.cache ", 2),
    ] {
        write(mistake);
        let listed = keyway_cms(&["plugins", "--config", config]);
        let served = keyway_cms(&["--config", config, "--content", content, "--data", data, "--log", "off"]);
        assert_eq!([listed.status.code(), served.status.code()], [Some(exit_code); 2]);
        let [listed, served] = [listed, served].map(|output| text(&output.stderr));
        assert!(listed.starts_with("error: the host would not start\n") && listed.contains(code), "{listed}");
        let lines = |text: &str| text.lines().skip(1).map(str::to_owned).collect::<std::collections::BTreeSet<_>>();
        assert!(lines(&served).is_subset(&lines(&listed)), "{served}\n{listed}");
        assert!(exit_code == 1 || listed.contains("site.toml:4:1"), "{listed}");
    }
}

/// What rustc wrote is what the program prints, what lies in its file, and what its descriptors say at run time.
#[test]
fn the_surface_is_the_same_wherever_it_comes_from() {
    let surface = text(&keyway_cms(&["plugins", "--surface"]).stdout);
    assert_eq!(surface, plugins().surface.text());
    let file = std::fs::read(env!("CARGO_BIN_EXE_keyway-cms")).expect("the program's file");
    assert_eq!(keyway::manifest::surface::find(&file), [surface.as_str()]);
    let planned = keyway::Host::builder(plugins()).preview().expect("a host that would start");
    assert_eq!(plugins().surface.with(&planned), surface);
    let read: serde_json::Value = serde_json::from_str(&surface).expect("JSON");
    assert_eq!(read["host"], serde_json::json!({ "package": "keyway-cms", "version": env!("CARGO_PKG_VERSION") }));
    assert_eq!(read["sdk"]["package"], "keyway-cms-sdk");
    assert_eq!(read["plugins"].as_array().expect("plugins").len(), plugins().registrations.len());
    let levels = read["levels"].as_array().expect("levels").iter().filter_map(serde_json::Value::as_u64);
    assert_eq!(levels.sum::<u64>(), plugins().registrations.len() as u64);
}

/// As `cargo keyway verify` asks it: nothing is served.
#[test]
fn it_answers_whether_it_would_take_a_library() {
    let file = std::fs::read(env!("CARGO_BIN_EXE_keyway-cms")).expect("the program's file");
    let mark = keyway::manifest::ANSWERS_MARK;
    assert!(file.windows(mark.len()).any(|window| window == mark));
    let folder = Folder::with("asked", &[("libpage.so", "no library")]);
    let library = folder.path().join("libpage.so");
    let library = library.to_str().expect("a text path");
    let output = keyway_cms(&[keyway::manifest::VERIFY_ARGUMENT, library, "absent.so"]);
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(1), String::new()));
    let answer: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!((&answer["format"], &answer["libraries"][0]["file"]), (&serde_json::json!(1), &serde_json::json!(library)));
    for index in [0, 1] {
        let asked = &answer["libraries"][index];
        let no = asked["answers"].as_array().expect("answers").iter().find(|answer| answer["answer"] == "no").expect("a reason");
        // Which it is depends on whether this build takes libraries.
        assert!(["KW0755", "KW0756"].contains(&no["problems"][0]["code"].as_str().expect("a code")), "{no}");
        assert_eq!(asked["taken"], false);
    }
    assert_eq!(text(&keyway_cms(&[keyway::manifest::VERIFY_ARGUMENT]).stdout), "{\"format\":1,\"libraries\":[]}\n");
}

#[test]
fn the_graph_names_every_plugin() {
    let graph = text(&keyway_cms(&["graph"]).stdout);
    assert!(graph.starts_with("digraph ") && graph.trim_end().ends_with('}'), "{graph}");
    for registration in plugins().registrations {
        assert!(graph.contains(&format!("\"{}\"", registration.descriptor.id)), "{graph}");
    }
}

/// As `cargo run` does it: no arguments, from any folder; Cargo tells where the package lies.
#[cfg(unix)]
#[test]
fn without_arguments_it_serves_the_guide_until_it_is_asked_to_stop() {
    use std::io::{BufRead, BufReader, Read};
    use std::process::Stdio;

    let mut program = Command::new(env!("CARGO_BIN_EXE_keyway-cms"))
        .current_dir(env!("CARGO_TARGET_TMPDIR"))
        .env("CARGO_MANIFEST_DIR", env!("CARGO_MANIFEST_DIR"))
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program starts");
    let mut output = BufReader::new(program.stdout.take().expect("its output"));
    let mut line = String::new();
    output.read_line(&mut line).expect("a line");
    assert!(line.starts_with("keyway-cms ") && line.trim_end().ends_with("docs"), "{line}");
    while !line.contains("http://127.0.0.1:") {
        line.clear();
        assert_ne!(output.read_line(&mut line).expect("a line"), 0, "the address is printed");
    }
    let (_, address) = line.trim().split_once("http://").expect("an address");
    let address = address.split('/').next().and_then(|address| address.parse().ok()).expect("an address");
    let status = crate::client::ask(address, "GET", "/", &[], &[]).status;
    assert_eq!(status, if cfg!(feature = "content") { 200 } else { 404 });

    let killed = Command::new("kill").args(["-TERM", &program.id().to_string()]).status().expect("`kill` runs");
    assert!(killed.success());
    assert!(program.wait().expect("it ends").success(), "SIGTERM is an orderly end");
    let mut rest = String::new();
    output.read_to_string(&mut rest).expect("text");
    assert!(rest.contains("stopped"), "{rest}");
}

#[test]
fn the_audit_log_is_printed_and_checked() {
    let kept = Folder::new("audit-log");
    let data = kept.path().join("data");
    let data = data.to_str().expect("a path of this test");
    assert!(refused(&["audit", "--data", data], 1).contains("name the data folder of the program with `--data DIR`"));

    let runtime = tokio::runtime::Runtime::new().expect("a runtime can be made");
    runtime.block_on(async {
        let mut settings = Settings::for_folder(kept.path()).expect("the folder is there");
        settings.data = data.into();
        let program = Program::start(plugins(), &settings).await.expect("the program starts");
        program.run(async {}).await;
    });
    let output = keyway_cms(&["audit", "--data", data]);
    let text = text(&output.stdout);
    assert!(output.status.success() && text.contains("entries in 1 file, the chain is whole"), "{text}");

    let log = std::path::Path::new(data).join("audit.jsonl");
    let changed = std::fs::read_to_string(&log).expect("the log is there").replacen("site.", "evil.", 1);
    std::fs::write(&log, changed).expect("the log can be written");
    let output = keyway_cms(&["audit", "--data", data]);
    let (entries, message) = (self::text(&output.stdout), self::text(&output.stderr));
    assert_eq!(output.status.code(), Some(1), "{message}");
    assert!(message.contains("the log is damaged") && message.contains("KW0670 the audit log"), "{message}");
    assert!(message.contains("\n  help: ") && !message.contains("docs/"), "{message}");
    assert!(entries.contains(" stopped: plugins=") && !entries.contains("KW0670"), "what is whole is on stdout: {entries}");
}
