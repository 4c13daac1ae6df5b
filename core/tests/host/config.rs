//! The operator's configuration: defaults, overlays, and mistakes that name the key.

use keyway::host::{HostBuilder, State};
use keyway::manifest::Descriptor;

use crate::fixture::{Play, descriptor, table, visible};

async fn refusal(builder: HostBuilder) -> String {
    let error = builder.start().await.unwrap_err();
    assert!(error.report().is_none(), "no plugin is touched");
    error.to_string()
}

fn config(text: &str) -> toml::Table {
    text.parse().unwrap()
}

#[tokio::test]
async fn the_manifests_defaults_hold_where_the_operator_says_nothing() {
    let with_defaults =
        || table(vec![Descriptor { config_defaults: "greet = 'panic'\ninit = 'fail'\n", ..descriptor("a", &[]) }]);
    let play = Play::of(with_defaults());
    assert!(play.builder().start().await.unwrap_err().to_string().contains("failed in `init`: no such luck"));

    let play = Play::of(with_defaults()).script("a", "init", "ok");
    let host = play.builder().start().await.unwrap();
    let error = host.extensions::<dyn crate::fixture::Greet>()[0].greet().unwrap_err();
    assert!(error.to_string().contains("boom in greet"), "the other default is kept: {error}");
    host.stop().await;
}

#[tokio::test]
async fn a_later_configuration_is_laid_over_an_earlier_one() {
    let play = Play::new(&[("a", &[])]).script("a", "init", "fail");
    let host = play.builder().config(config("[plugin.'site.a']\ninit = 'ok'")).start().await.unwrap();
    assert_eq!(play.journal(), ["init a", "start a"], "`journal` of the first one still holds");
    host.stop().await;
}

#[tokio::test]
async fn a_value_that_does_not_fit_is_named_with_its_key_and_table() {
    let play = Play::new(&[("a", &[])]);
    let error = play.builder().config(config("[plugin.'site.a']\nstart = 7")).start().await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the host did not start\n  \
         KW0609 plugin `site.a 1.2.0` cannot use its configuration: `start` in `[plugin.\"site.a\"]`: invalid type: integer `7`, expected a string\n    \
         help: correct `start` in `[plugin.\"site.a\"]` of the host's configuration"
    );
    let error = play.builder().config(config("[plugin.'site.a']\nstrat = 'ok'")).start().await.unwrap_err();
    let text = error.to_string();
    assert!(text.contains("in `[plugin.\"site.a\"]`: unknown field `strat`, expected"), "{text}");
    assert!(text.contains("help: correct `strat` in `[plugin.\"site.a\"]`"), "{text}");

    let play = Play::of(table(vec![Descriptor { config_defaults: "stop = false\n", ..descriptor("a", &[]) }]));
    let text = play.builder().start().await.unwrap_err().to_string();
    assert!(text.contains("`stop` in `[config]` of its manifest: invalid type: boolean `false`"), "{text}");
    assert!(text.contains("help: correct `stop` in `[config]` of the manifest"), "{text}");
}

#[tokio::test]
async fn every_mistake_is_told_at_once_and_nothing_is_started() {
    let play = Play::new(&[("search", &[]), ("feed", &[])]);
    let builder = play
        .builder()
        .config(config("[plugin.'site.serch']\n[host]\ndisabled = ['site.feeed']\n[hots]"))
        .config_file("no/such/file.toml")
        .mount("con/tent", ".")
        .mount("content", "no/such/folder")
        .optional("site.sarch");
    let text = refusal(builder).await;
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines[0], "the host did not start");
    for expected in [
        "  KW0611 `[plugin.\"site.serch\"]` is about a plugin `site.serch`, which this host does not have",
        "    help: a similar name exists: `site.search`",
        "  KW0611 `host.disabled` is about a plugin `site.feeed`, which this host does not have",
        "  KW0612 the configuration has the unknown key `hots`",
        "    help: a similar name exists: `host`",
        "  KW0611 `HostBuilder::optional` is about a plugin `site.sarch`, which this host does not have",
        "  KW0616 `con/tent` cannot name a mounted folder",
    ] {
        assert!(lines.contains(&expected), "{expected}\nis not in\n{text}");
    }
    assert!(text.contains("KW0612 the configuration file `no/such/file.toml` cannot be read"), "{text}");
    assert!(text.contains("KW0616 the folder `no/such/folder` cannot be mounted as `content`"), "{text}");
    assert!(play.journal().is_empty());
}

#[tokio::test]
async fn what_the_operator_disables_is_not_started_nor_what_requires_it() {
    let play = Play::new(&[("a", &[]), ("b", &["a"]), ("c", &[])]);
    let off = config("[host]\ndisabled = ['site.a']\noptional = ['site.b']");
    let host = play.builder().config(off).start().await.unwrap();
    assert_eq!(visible(&host), ["c"]);
    assert_eq!(host.plugin("site.a").unwrap().state, State::Idle);
    let error = host.plugin("site.b").unwrap().error.unwrap().to_string();
    assert_eq!(error, "KW0608 plugin `site.b 1.2.0` was not started: it requires `site.a *`, which the configuration disables");
    host.stop().await;

    let play = Play::new(&[("a", &[]), ("b", &["a"])]);
    let error = play.builder().config(config("[host]\ndisabled = ['site.a']")).start().await.unwrap_err();
    assert_eq!(error.failures().count(), 1, "`site.b` is required unless said otherwise");
    assert!(error.to_string().ends_with("help: take `site.a` out of `disabled`, or disable `site.b` too"), "{error}");
}

#[tokio::test]
async fn the_operator_has_the_last_word_on_who_is_required_but_cannot_disable_what_the_program_needs() {
    let play = Play::new(&[("a", &[]), ("b", &[])]).script("a", "init", "fail");
    let host = play.builder().required("site.a").config(config("[host]\noptional = ['site.a']")).start().await.unwrap();
    assert_eq!(visible(&host), ["b"]);
    host.stop().await;
    let text = refusal(play.builder().required("site.a").config(config("[host]\ndisabled = ['site.a']"))).await;
    assert!(
        text.contains(
            "KW0618 the configuration disables `site.a` under `host.disabled`, but the program says that it is required"
        ),
        "{text}"
    );
    let text = refusal(play.builder().config(config("[host]\noptional = ['site.a']\nrequired = ['site.a']"))).await;
    assert!(text.contains("KW0618 the configuration names `site.a` under both `host.required` and `host.optional`"), "{text}");
}

#[tokio::test(start_paused = true)]
async fn the_operators_deadlines_hold() {
    let play = Play::new(&[("a", &[])]).script("a", "init", "hang");
    let error = play.builder().config(config("[host.deadlines]\ninit = '750ms'")).start().await.unwrap_err();
    let text = error.to_string();
    assert!(text.contains("did not finish `init` within its limit of 750ms"), "{text}");
    assert!(text.contains("help: raise `init` in `[host.deadlines]` of the configuration, or move the work"), "{text}");
}

#[tokio::test]
async fn a_plugin_listed_twice_is_refused() {
    let mut twice = table(vec![descriptor("a", &[])]);
    twice.registrations = vec![twice.registrations[0], twice.registrations[0]].leak();
    twice.order = &[0, 1];
    twice.levels = &[0, 0];
    let text = refusal(keyway::Host::builder(twice)).await;
    assert!(text.contains("KW0503 plugin `site.a 1.2.0` is in the host's table more than once"), "{text}");
    twice.order = &[0, 7];
    let text = refusal(keyway::Host::builder(twice)).await;
    assert!(text.contains("KW0623 the plugin table does not fit together"), "{text}");
}

/// A configuration file that is deleted at the end.
struct File(std::path::PathBuf);

impl File {
    fn new(name: &str, text: &str) -> Self {
        let path = std::env::temp_dir().join(format!("keyway-config-{}-{name}.toml", std::process::id()));
        std::fs::write(&path, text).unwrap();
        Self(path)
    }
}

impl Drop for File {
    fn drop(&mut self) {
        std::fs::remove_file(&self.0).unwrap();
    }
}

#[tokio::test]
async fn a_mistake_in_a_file_is_shown_with_its_line() {
    let file = File::new("lines", "[host]\ndisabld = []\n[host.deadlines]\n  init = 10\n[plugin.'site.serch']\n");
    let play = Play::new(&[("search", &[])]);
    let text = refusal(play.builder().config_file(&file.0)).await;
    let path = file.0.display();
    for expected in [
        format!(
            "KW0612 the configuration has the unknown key `host.disabld`\n    --> {path}:2:1\n    |\n  2 | disabld = []\n    | ^^^^^^^\n    help: a similar"
        ),
        format!("--> {path}:4:3\n    |\n  4 |   init = 10\n    |   ^^^^\n    help: write a time above zero"),
        format!(
            "which this host does not have\n    --> {path}:5:9\n    |\n  5 | [plugin.'site.serch']\n    |         ^^^^^^^^^^^^\n    help: a similar name"
        ),
    ] {
        assert!(text.contains(&expected), "{expected}\nis not in\n{text}");
    }

    let file =
        File::new("calls", "[host.breaker]\nfailures = 0\n[host.limits.'site.search']\nrates = 1\n[host.limits.'site.serch']\n");
    let text = refusal(play.builder().config_file(&file.0)).await;
    let path = file.0.display();
    for expected in [
        format!("--> {path}:2:1\n    |\n  2 | failures = 0\n    | ^^^^^^^^\n    help: write a whole number above zero"),
        format!("--> {path}:4:1\n    |\n  4 | rates = 1\n    | ^^^^^\n    help: a similar name exists: `rate`"),
        format!("--> {path}:5:14\n    |\n  5 | [host.limits.'site.serch']\n"),
    ] {
        assert!(text.contains(&expected), "{expected}\nis not in\n{text}");
    }

    let file = File::new("syntax", "[host]\noptional = [\n");
    let text = refusal(play.builder().config_file(&file.0)).await;
    assert!(text.contains("is no TOML: ") && text.contains(&format!("--> {}:", file.0.display())), "{text}");
}

#[tokio::test]
async fn a_setting_that_does_not_fit_is_shown_with_its_line() {
    let file = File::new("setting", "[plugin.\"site.a\"]\nstart = 7\n");
    let play = Play::new(&[("a", &[])]);
    let text = play.builder().config_file(&file.0).start().await.unwrap_err().to_string();
    let expected = format!(
        "expected a string\n    --> {}:2:1\n    |\n  2 | start = 7\n    | ^^^^^\n    help: correct `start` in",
        file.0.display()
    );
    assert!(text.contains(&expected), "{text}");
    let table = config("[plugin.'site.a']\nstart = 8");
    let text = play.builder().config_file(&file.0).config(table).start().await.unwrap_err().to_string();
    assert!(text.contains("integer `8`") && !text.contains("-->"), "the table that holds has no lines: {text}");
}
