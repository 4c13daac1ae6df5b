//! The gate, and what a library can differ in: the texts, a file for each kind.

mod build;
mod event;
mod interface;
mod layout;
mod number;
mod package;

use keyway_manifest::record::{
    ArgumentLayout, BuildFacts, DifferenceKind, FieldLayout, HostFacts, MethodLayout, PanicStrategy, PointLayout, Record,
    RecordParts, TypeLayout, Verdict, compare,
};
use keyway_manifest::{Descriptor, PointInfo};

use crate::sample::{ANSWER, BUILD, CHANGED, CLOCK, GREETING, PARTS, REQUEST, ROUTE, Request, STORE, TICK, version};

const HOST: HostFacts<'_> =
    HostFacts { build: BUILD, points: &[&ROUTE, &CLOCK, &GREETING, &STORE], events: &[&TICK, &CHANGED], boundary: &[&ANSWER] };

const PLUGIN: Descriptor = Descriptor { package: "cms-plugin-clock", version: version(1, 2, 0), ..Descriptor::EMPTY };

/// Why types of the SDK differ when its version and what it depends on are the same.
const FROM_SOURCE: &str = "help: build the plugin again with `site-sdk` as the program has it: it was changed without a new version, or has other \
                           features, which `cargo tree -e features -i site-sdk` shows";

fn verdict(host: &HostFacts<'_>, plugin: &RecordParts) -> Verdict {
    compare(host, &Record::of_parts(plugin).expect("the parts are good"))
}

fn leak<T>(value: T) -> &'static T {
    Box::leak(Box::new(value))
}

fn built(build: BuildFacts) -> RecordParts {
    RecordParts { descriptor: &PLUGIN, ..RecordParts::of(build) }
}

/// A plugin that extends one point.
fn extending(point: PointLayout) -> RecordParts {
    RecordParts { extends: leak([leak(point) as &PointLayout]), ..built(BUILD) }
}

/// `site.route` with other methods.
fn with_methods<const N: usize>(methods: [MethodLayout; N]) -> PointLayout {
    PointLayout { methods: leak(methods), ..ROUTE }
}

/// Its method `handle` with another argument, and with another answer.
fn taking(layout: TypeLayout) -> MethodLayout {
    MethodLayout { arguments: leak([ArgumentLayout { name: "request", layout: leak(layout) }]), ..ROUTE.methods[0] }
}

fn answering(layout: TypeLayout) -> MethodLayout {
    MethodLayout { output: leak(layout), ..ROUTE.methods[0] }
}

const OPENED: MethodLayout = ROUTE.methods[1];

fn lent(layout: TypeLayout) -> TypeLayout {
    TypeLayout::standard::<&Request>("&Request", leak([leak(layout) as &TypeLayout]))
}

const fn field(name: &'static str, offset: usize, layout: &'static TypeLayout) -> FieldLayout {
    FieldLayout { name, offset: Some(offset), layout }
}

const fn part(name: &'static str, layout: &'static TypeLayout) -> FieldLayout {
    FieldLayout { name, offset: None, layout }
}

/// The text of a refusal for one difference, without its first line.
#[track_caller]
fn refuses(plugin: &RecordParts, kind: DifferenceKind, expected: &[&str]) -> String {
    let verdict = verdict(&HOST, plugin);
    let kinds: Vec<_> = verdict.differences().iter().map(|difference| difference.kind).collect();
    assert_eq!(kinds, [kind], "{verdict}");
    assert!(!verdict.fits());
    let text = verdict.to_string();
    let (first, rest) = text.split_once('\n').expect("a first line, and more");
    assert_eq!(first, "KW0706 the library of `cms-plugin-clock 1.2.0` does not fit this program: 1 difference");
    assert_eq!(rest, expected.join("\n"), "\n{text}\n");
    rest.to_owned()
}

/// The page of a code shows the text as it appears.
#[track_caller]
fn on_its_page(kind: DifferenceKind, text: &str) {
    on_page(kind.code(), text);
}

#[track_caller]
fn on_page(code: &str, text: &str) {
    let page = format!("{}/../docs/errors/{code}.md", env!("CARGO_MANIFEST_DIR"));
    let page = std::fs::read_to_string(&page).unwrap_or_else(|error| panic!("{page}: {error}"));
    // Of a whole refusal as it is, of one difference without its indentation.
    let is_whole = !text.starts_with("  ");
    let shown: Vec<&str> =
        text.lines().map(|line| if is_whole { line } else { line.strip_prefix("  ").unwrap_or(line) }).collect();
    let shown = shown.join("\n");
    assert!(page.contains(&shown), "docs/errors/{code}.md does not show:\n{shown}");
}

#[test]
fn what_is_the_same_fits() {
    let verdict = verdict(&HOST, PARTS);
    assert!(verdict.fits(), "{verdict}");
    let expected = "the library of `cms-plugin-clock 1.20.3-rc.1` fits this program\n  \
                    not compared: what `clock` depends on in the program: see `keyway_build::sdk`";
    assert_eq!(verdict.to_string(), expected);
    assert_eq!(verdict.undescribed(), verdict.unknown());
}

#[test]
fn what_a_plugin_does_not_use_is_not_compared() {
    let other = PointLayout { methods: &[], info: leak(PointInfo { version: version(9, 0, 0), ..*ROUTE.info }), ..ROUTE };
    let host = HostFacts { points: leak([leak(other) as &PointLayout, &CLOCK]), ..HOST };
    assert!(verdict(&host, &extending(CLOCK)).fits());
    assert!(!verdict(&host, &extending(ROUTE)).fits());
}

#[test]
fn all_differences_are_told_at_once() {
    let build = BuildFacts { commit: "0ba9c1f7e", panic: PanicStrategy::Abort, keyway: "1.0.0", ..BUILD };
    let wrong = PointLayout { static_only: true, ..CLOCK };
    let plugin = RecordParts {
        extends: leak([leak(with_methods([taking(REQUEST), OPENED])) as &PointLayout, leak(wrong)]),
        ..built(build)
    };
    let verdict = verdict(&HOST, &plugin);
    let codes: Vec<_> = verdict.differences().iter().map(|difference| difference.kind.code()).collect();
    assert_eq!(codes, ["KW0707", "KW0709", "KW0711", "KW0714", "KW0717"], "{verdict}");
    assert!(
        verdict
            .to_string()
            .starts_with("KW0706 the library of `cms-plugin-clock 1.2.0` does not fit this program: 5 differences\n")
    );
}
