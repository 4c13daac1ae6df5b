//! Folders as people leave them.

use super::super::made_up::{Extensions, clock, feed, mistaken, newer_clock, set_mode};
use super::*;

fn look(folders: &[&Extensions], files: u32) -> Discovery {
    let folders: Vec<_> = folders.iter().map(|folder| folder.path().to_owned()).collect();
    discover(&folders, &FileRules::default(), &Arc::default(), most(files))
}

const fn most(libraries: u32) -> Most {
    Most { libraries, set_by: "`files` in `[native]` of the host's policy" }
}

/// What was found: ids with their files.
fn found(discovery: &Discovery, folder: &Extensions) -> Vec<String> {
    let line = |found: &Found| folder.hide_in(&format!("{} {}", found.descriptor.id, found.path().display()));
    discovery.found.iter().map(line).collect()
}

fn texts<'a>(problems: impl IntoIterator<Item = &'a Problem>, folder: &Extensions) -> Vec<String> {
    problems.into_iter().map(|problem| folder.hide_in(&problem.to_string())).collect()
}

fn unusable(discovery: &Discovery, folder: &Extensions) -> Vec<String> {
    let problems: Vec<_> = discovery.unusable.iter().map(Unusable::problem).collect();
    texts(&problems, folder)
}

/// Which plugins are meant by what cannot be used.
fn meant(discovery: &Discovery) -> Vec<Vec<&'static str>> {
    let ids = |unusable: &Unusable| unusable.ids.iter().map(PluginId::as_str).collect();
    discovery.unusable.iter().map(ids).collect()
}

fn so(name: &str) -> String {
    format!("{name}{DLL_SUFFIX}")
}

#[test]
fn libraries_lie_side_by_side_or_in_folders_of_their_own() {
    let extensions = Extensions::new()
        .with(&so("libclock"), clock())
        .with(&so("site.feed/libfeed"), feed())
        .with("README.md", "what lies here")
        .with("SHA256SUMS.old", "")
        .with(&so(".libhidden"), "")
        .with("notes/todo.txt", "")
        .with(&so(".git/libother"), "junk");
    let discovery = look(&[&extensions], 100);
    assert_eq!(
        found(&discovery, &extensions),
        [format!("site.clock EXT/{}", so("libclock")), format!("site.feed EXT/site.feed/{}", so("libfeed"))]
    );
    assert!(discovery.unusable.is_empty() && discovery.problems.is_empty(), "{discovery:?}");
    let passed = |path: &str| {
        format!(
            "KW0767 `EXT/{path}` looks like a plugin and is passed over: its name begins with a dot\n  help: give it a name without the \
             dot, or remove it"
        )
    };
    assert_eq!(texts(&discovery.notes, &extensions), [passed(".git"), passed(&so(".libhidden"))]);
    assert!(discovery.found.iter().all(|found| found.beside.manifest.is_none()));
}

#[test]
fn what_belongs_to_a_library_is_read_with_it() {
    let extensions = Extensions::new()
        .with(&so("site.clock/libclock"), clock())
        .with("site.clock/plugin.toml", "x = 1")
        .with(&so("site.clock/libclock").replace(DLL_SUFFIX, &format!("{DLL_SUFFIX}.minisig")), "y");
    let discovery = look(&[&extensions], 100);
    let beside = &discovery.found[0].beside;
    assert_eq!(beside.manifest.as_ref().unwrap().bytes, b"x = 1");
    assert_eq!(beside.signature.as_ref().unwrap().bytes, b"y");
}

#[test]
fn junk_is_told_with_the_plugin_that_it_may_be() {
    let extensions = Extensions::new()
        .with(&so("libclock"), clock())
        .with(&so("libempty"), "")
        .with(&so("libmistaken"), mistaken())
        .with(&so("libtext"), "hello")
        .with(&so("site.feed/libone"), feed())
        .with(&so("site.feed/libtwo"), feed());
    extensions.folder("site.menu");
    extensions.folder("empty");
    let discovery = look(&[&extensions], 100);
    assert_eq!(found(&discovery, &extensions), [format!("site.clock EXT/{}", so("libclock"))]);
    assert!(discovery.problems.is_empty() && discovery.notes.is_empty());
    let told = unusable(&discovery, &extensions);
    assert!(told.iter().all(|text| text.starts_with("KW0756 `EXT/")), "{told:#?}");
    assert!(
        told[0].contains("libempty") && told[0].contains(": KW0704 the file is no shared library: it is an empty file\n"),
        "{}",
        told[0]
    );
    assert!(told[1].contains("libmistaken") && told[1].contains("KW0120"), "{}", told[1]);
    assert!(told[2].contains("libtext"), "{}", told[2]);
    let names = format!("`{}`, `{}`", so("libone"), so("libtwo"));
    assert_eq!(
        told[3],
        format!(
            "KW0756 `EXT/site.feed` is not used as a plugin: it holds 2 libraries: {names}\n  help: leave one library in \
                 it: each plugin has a folder of its own"
        )
    );
    assert_eq!(
        told[4],
        format!(
            "KW0756 `EXT/site.menu` is not used as a plugin: it holds no library, no file that ends in `{DLL_SUFFIX}`\n  help: put the \
             library of the plugin there, or remove the folder"
        )
    );
    let expected: [&[&str]; 5] = [&[], &[], &[], &["site.feed"], &["site.menu"]];
    assert_eq!(meant(&discovery), expected, "a folder may say which plugin is meant");
}

#[test]
fn a_plugin_in_several_folders_is_taken_from_the_first() {
    let project = Extensions::new().with(&so("libclock"), clock());
    let system = Extensions::new().with(&so("libclock"), newer_clock()).with(&so("libfeed"), feed());
    let discovery = look(&[&project, &system], 100);
    let of = |id: &str| discovery.found.iter().find(|found| found.descriptor.id.as_str() == id).unwrap();
    assert_eq!(of("site.clock").descriptor.version.to_string(), "1.0.0");
    assert!(of("site.feed").path().starts_with(system.path()));
    let note = texts(&discovery.notes, &project).concat().replace(&system.path().display().to_string(), "SYSTEM");
    let library = so("libclock");
    assert_eq!(
        note,
        format!(
            "KW0759 plugin `site.clock` is in more than one folder: `EXT/{library}` (1.0.0) is used, and `SYSTEM/{library}` (1.1.0) is \
             not\n  help: remove the one that is not meant; what is in a folder that was named earlier goes first"
        )
    );
}

#[test]
fn two_libraries_of_one_plugin_in_one_folder_are_a_problem() {
    let extensions = Extensions::new().with(&so("liba"), clock()).with(&so("site.clock/libb"), newer_clock());
    let discovery = look(&[&extensions], 100);
    assert_eq!(
        texts(&discovery.problems, &extensions),
        [format!(
            "KW0760 two libraries in `EXT` are the plugin `site.clock`: `EXT/{}` and `EXT/site.clock/{}`\n  help: remove one of them",
            so("liba"),
            so("libb")
        )]
    );
}

#[test]
fn a_folder_that_is_not_there_is_told() {
    let extensions = Extensions::new();
    let discovery = discover(&[extensions.path().join("missing")], &FileRules::default(), &Arc::default(), most(100));
    assert_eq!(
        texts(&discovery.notes, &extensions),
        ["KW0758 the folder of plugins `EXT/missing` does not exist\n  help: create it, or do not name it"]
    );
    assert!(discovery.problems.is_empty());
}

#[test]
fn more_libraries_than_may_be_read_are_a_problem() {
    let extensions = Extensions::new().with(&so("liba"), clock()).with(&so("libb"), feed()).with("c.txt", "");
    assert!(look(&[&extensions], 2).problems.is_empty());
    let discovery = look(&[&extensions], 1);
    assert_eq!(
        texts(&discovery.problems, &extensions),
        [
            "KW0762 the folder of plugins `EXT` holds more than 1 library\n  help: take out what is no plugin of this host, or raise `files` in \
             `[native]` of the host's policy"
        ]
    );
}

#[cfg(unix)]
#[test]
fn what_others_can_write_to_is_not_read() {
    let extensions = Extensions::new().with(&so("libclock"), clock()).with(&so("site.feed/libfeed"), feed());
    set_mode(&extensions.path().join(so("libclock")), 0o664);
    set_mode(&extensions.path().join("site.feed"), 0o777);
    std::os::unix::fs::symlink("/dev/null", extensions.path().join(so("liblink"))).unwrap();
    let discovery = look(&[&extensions], 100);
    assert!(discovery.found.is_empty());
    let told = unusable(&discovery, &extensions);
    assert_eq!(told.len(), 3);
    let library = so("libclock");
    assert_eq!(
        told[0],
        format!(
            "KW0756 `EXT/{library}` is not used as a plugin: KW0724 `EXT/{library}` may be written by its group (mode 0664)\n  help: `chmod \
             g-w 'EXT/{library}'`"
        )
    );
    assert!(told[1].contains("KW0721") && told[1].contains("is a symbolic link"), "{}", told[1]);
    assert!(told[2].contains("KW0724 `EXT/site.feed` may be written by every user"), "{}", told[2]);
    assert_eq!(meant(&discovery)[2], ["site.feed"]);

    set_mode(extensions.path(), 0o775);
    let discovery = look(&[&extensions], 100);
    let told = texts(&discovery.problems, &extensions);
    assert!(
        told[0].starts_with("KW0724 `EXT` may be written by its group"),
        "a folder in which anybody could have put anything: {told:?}"
    );
    assert!(discovery.unusable.is_empty());
    set_mode(extensions.path(), 0o755);
}

#[cfg(unix)]
#[test]
fn a_link_is_told_and_says_which_plugin_is_missing() {
    let elsewhere = Extensions::new().with(&so("site.clock/libclock"), clock());
    let extensions = Extensions::new();
    for name in ["site.clock", "latest"] {
        std::os::unix::fs::symlink(elsewhere.path().join("site.clock"), extensions.path().join(name)).unwrap();
    }
    let discovery = look(&[&extensions], 100);
    assert!(discovery.found.is_empty() && discovery.problems.is_empty() && discovery.notes.is_empty(), "{discovery:?}");
    let text = |name: &str| {
        format!(
            "KW0756 `EXT/{name}` is not used as a plugin: KW0721 `EXT/{name}` is a symbolic link\n  help: put the file or folder itself \
             there: links inside a folder of plugins are not followed"
        )
    };
    assert_eq!(unusable(&discovery, &extensions), [text("latest"), text("site.clock")]);
    let expected: [&[&str]; 2] = [&[], &["site.clock"]];
    assert_eq!(meant(&discovery), expected);
}

#[test]
fn a_folder_named_by_another_plugin_is_refused() {
    let extensions = Extensions::new().with(&so("site.feed/libclock"), clock());
    let discovery = look(&[&extensions], 100);
    assert!(discovery.found.is_empty(), "{discovery:?}");
    assert_eq!(
        unusable(&discovery, &extensions),
        [format!(
            "KW0756 `EXT/site.feed` is not used as a plugin: the folder is named by the id `site.feed`, and `EXT/site.feed/{}` in it is \
             plugin `site.clock 1.0.0`\n  help: name the folder `site.clock`, or put the library of `site.feed` there",
            so("libclock")
        )]
    );
    assert_eq!(meant(&discovery), [["site.feed", "site.clock"]], "either may be the one that is missing");
}

#[test]
fn what_is_damaged_in_an_earlier_folder_is_not_replaced_by_a_later_one() {
    let damaged = Extensions::new().with(&so("site.clock/libclock"), "junk");
    let sound = Extensions::new().with(&so("libclock"), newer_clock()).with(&so("libfeed"), feed());
    let library = so("libclock");
    let discovery = look(&[&damaged, &sound], 100);
    assert_eq!(found(&discovery, &sound), [format!("site.feed EXT/{}", so("libfeed"))]);
    let told = unusable(&discovery, &damaged).concat().replace(&sound.path().display().to_string(), "LATER");
    let start = format!(
        "KW0756 `EXT/site.clock/{library}` is not used as a plugin, and neither is `LATER/{library}` (site.clock 1.1.0) in its place: KW0704 "
    );
    assert!(told.starts_with(&start), "{told}");
    assert_eq!(meant(&discovery), [["site.clock"]]);

    let discovery = look(&[&sound, &damaged], 100);
    assert_eq!(discovery.found.len(), 2, "what comes later takes nothing away: {discovery:?}");
    assert!(
        unusable(&discovery, &damaged)[0].starts_with(&format!("KW0756 `EXT/site.clock/{library}` is not used as a plugin: "))
    );
}

/// It does not tell whose it is, so it may be the newer version of any plugin of the folders after it.
#[test]
fn what_is_damaged_beyond_recognition_is_replaced_by_nothing_of_a_later_folder() {
    let damaged = Extensions::new().with(&so("libclock"), "junk").with(&so("libfeed"), feed());
    let sound = Extensions::new().with(&so("libother-name"), newer_clock()).with(&so("libfeed"), feed());
    let discovery = look(&[&damaged, &sound], 100);
    assert_eq!(
        found(&discovery, &damaged),
        [format!("site.feed EXT/{}", so("libfeed"))],
        "what lies beside it is as sound as ever"
    );
    let told = unusable(&discovery, &damaged).concat().replace(&sound.path().display().to_string(), "LATER");
    let start = format!(
        "KW0756 `EXT/{}` is not used as a plugin, and neither is `LATER/{}` (site.clock 1.1.0) in its place: KW0704 ",
        so("libclock"),
        so("libother-name")
    );
    assert!(told.starts_with(&start), "{told}");
    assert_eq!(look(&[&sound, &damaged], 100).found.len(), 2, "what comes later takes nothing away");

    // A link is told, and is no library that was damaged.
    #[cfg(unix)]
    {
        let linked = Extensions::new();
        std::os::unix::fs::symlink("/usr/share/doc", linked.path().join("doc")).unwrap();
        let discovery = look(&[&linked, &sound], 100);
        assert_eq!((discovery.found.len(), discovery.unusable[0].is_library), (2, false), "{discovery:?}");
    }
}

#[test]
fn a_library_one_folder_too_deep_is_told() {
    let extensions = Extensions::new().with(&so("plugins/site.clock/libclock"), clock());
    let discovery = look(&[&extensions], 100);
    assert!(discovery.found.is_empty() && discovery.unusable.is_empty(), "{discovery:?}");
    assert_eq!(
        texts(&discovery.notes, &extensions),
        [
            "KW0767 `EXT/plugins/site.clock` looks like a plugin and is passed over: it lies one folder too deep\n  help: move it, so that \
          it lies in `EXT`"
        ]
    );
}

#[test]
fn a_library_in_service_is_found_again_as_the_copy_that_serves() {
    let extensions = Extensions::new().with(&so("libclock"), clock()).with(&so("libfeed"), feed());
    let copies = Arc::default();
    let look = || discover(&[extensions.path().to_owned()], &FileRules::default(), &copies, most(100)).found;
    let copies_of = |found: &[Found]| -> Vec<_> { found.iter().map(|found| found.sealed.load_path()).collect() };
    let serving = look();
    assert_eq!(copies_of(&look()), copies_of(&serving));
    assert_ne!(copies_of(&serving)[0], copies_of(&serving)[1]);
}
