//! The texts of the gate, one for each thing in which a library can differ.

use keyway_manifest::record::{
    Allocator, ArgumentLayout, BuildFacts, DifferenceKind, EventLayout, FieldLayout, HostFacts, MethodLayout, PanicStrategy,
    PointLayout, Record, RecordParts, SdkFacts, TypeLayout, VariantLayout, Verdict, compare,
};
use keyway_manifest::{Descriptor, EventInfo, PluginId, PointInfo};

use crate::sample::{
    ANSWER, BUILD, CHANGED, CLOCK, GREETING, NUMBER, PARTS, REQUEST, ROUTE, Request, SDK, STORE, TEXT, TICK, version,
};

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
fn another_compiler() {
    let text = refuses(
        &built(BuildFacts { rustc: "1.96.0", commit: "0ba9c1f7e", ..BUILD }),
        DifferenceKind::Compiler,
        &[
            "  KW0707 the library was built by another compiler",
            "            host                                      plugin",
            "    rustc   1.95.0                                    1.96.0",
            "    commit  59807616e1dab4a6ac8c6f8a6d1a1ee1cb1c4a6e  0ba9c1f7e",
            "    each compiler is free to lay types out and to call functions in its own way",
            "    help: build the plugin with the compiler of the program: `cargo +1.95.0 rustc --release -p cms-plugin-clock --lib \
             --crate-type cdylib -- --cfg keyway_native`",
        ],
    );
    on_its_page(DifferenceKind::Compiler, &text);
}

#[test]
fn another_target() {
    let text = refuses(
        &built(BuildFacts { target: "x86_64-unknown-linux-musl", ..BUILD }),
        DifferenceKind::Target,
        &[
            "  KW0708 the library was built for another target",
            "            host                      plugin",
            "    target  x86_64-unknown-linux-gnu  x86_64-unknown-linux-musl",
            "    targets differ in the C library they call and in how functions are called",
            "    help: build it for the target of the program: `cargo rustc --release --target x86_64-unknown-linux-gnu -p \
             cms-plugin-clock --lib --crate-type cdylib -- --cfg keyway_native`",
        ],
    );
    on_its_page(DifferenceKind::Target, &text);
}

#[test]
fn a_panic_that_ends_the_process_on_either_side() {
    let aborting = BuildFacts { panic: PanicStrategy::Abort, ..BUILD };
    let text = refuses(
        &built(aborting),
        DifferenceKind::Panic,
        &[
            "  KW0709 a panic would end the process",
            "           host    plugin",
            "    panic  unwind  abort",
            "    the first panic of a plugin would take the program and all other plugins with it",
            "    help: take `panic = \"abort\"` out of the plugin's profile in Cargo.toml and build it again",
        ],
    );
    on_its_page(DifferenceKind::Panic, &text);
    let text = verdict(&HostFacts { build: aborting, ..HOST }, PARTS).to_string();
    assert!(text.contains("panic  abort  unwind") && text.contains("out of the program's profile"), "{text}");
}

#[test]
fn an_allocator_of_its_own() {
    let text = refuses(
        &built(BuildFacts { allocator: Allocator::Own, ..BUILD }),
        DifferenceKind::Allocator,
        &[
            "  KW0710 the library has a global allocator of its own",
            "               host           plugin",
            "    allocator  the program's  its own",
            "    memory that one side gives out and the other frees would be freed by the wrong allocator",
            "    help: take `#[global_allocator]` out of the plugin and what it depends on, and build it with `--cfg keyway_native`: \
             `cargo rustc --release -p cms-plugin-clock --lib --crate-type cdylib -- --cfg keyway_native`",
        ],
    );
    on_its_page(DifferenceKind::Allocator, &text);
}

#[test]
fn another_version_of_keyway_that_breaks() {
    let text = refuses(
        &built(BuildFacts { keyway: "0.2.0", ..BUILD }),
        DifferenceKind::Keyway,
        &[
            "  KW0711 the library was built with another version of `keyway`",
            "            host   plugin",
            "    keyway  0.1.0  0.2.0",
            "    what host and plugin say to each other changed between them",
            "    help: `cargo update -p keyway --precise 0.1.0`, or name that version in Cargo.toml, and build the plugin again",
        ],
    );
    on_its_page(DifferenceKind::Keyway, &text);
}

#[test]
fn what_does_no_harm_is_noted_and_what_is_unknown_never_refuses() {
    let noted = verdict(&HOST, &built(BuildFacts { keyway: "0.1.9", debug_assertions: true, ..BUILD }));
    let expected = "the library of `cms-plugin-clock 1.2.0` fits this program\n  \
                    note: the program has `keyway 0.1.0`, and the library `keyway 0.1.9`\n  \
                    note: the program is built without debug assertions, and the library with them";
    assert_eq!(noted.to_string(), expected);
    let unknown = verdict(&HOST, &built(BuildFacts::UNKNOWN));
    assert!(unknown.fits(), "{unknown}");
    assert_eq!(unknown.unknown().len(), 5, "{unknown}");
    let of_host = verdict(&HostFacts { build: BuildFacts::UNKNOWN, ..HOST }, PARTS);
    assert!(of_host.fits() && of_host.unknown().len() > 4, "{of_host}");
}

#[test]
fn a_struct_whose_fields_moved_and_changed() {
    let fields = leak([field("path", 8, &TEXT), field("number", 0, &NUMBER)]);
    let text = refuses(
        &extending(with_methods([taking(lent(TypeLayout::structure::<Request>("Request", fields))), OPENED])),
        DifferenceKind::Layout,
        &[
            "  KW0714 the struct `Request` is laid out differently",
            "            host         plugin",
            "    path    String at 0  String at 8",
            "    port    u16 at 24    -",
            "    number  -            u16 at 0",
            "    used by `site.route::handle`",
            "    the plugin would read and write other bytes than the program means",
            &format!("    {FROM_SOURCE}"),
        ],
    );
    on_its_page(DifferenceKind::Layout, &text);
}

#[test]
fn fields_in_another_order() {
    let fields = leak([field("port", 24, &NUMBER), field("path", 0, &TEXT)]);
    let plugin = extending(with_methods([taking(lent(TypeLayout::structure::<Request>("Request", fields))), OPENED]));
    let text = verdict(&HOST, &plugin).to_string();
    assert!(text.contains("\n    order  path, port  port, path\n"), "{text}");
}

#[test]
fn an_enum_with_a_new_variant_in_an_sdk_with_other_dependencies() {
    let variants = leak([
        VariantLayout { name: "Page", fields: leak([part("title", &TEXT)]) },
        VariantLayout { name: "Moved", fields: leak([part("0", &TEXT), part("1", &NUMBER)]) },
        VariantLayout { name: "Gone", fields: &[] },
    ]);
    let answer = answering(TypeLayout::enumeration::<[u64; 5]>("Answer", variants));
    let sdk = SdkFacts::of("site-sdk", "0.1.5", Some("bytes 1.11.0;http 1.3.1;itoa 1.0.0"));
    let plugin = extending(PointLayout { sdk, ..with_methods([answer, OPENED]) });
    refuses(
        &plugin,
        DifferenceKind::Layout,
        &[
            "  KW0714 the enum `Answer` is laid out differently",
            "           host                    plugin",
            "    size   24 bytes, aligned to 8  40 bytes, aligned to 8",
            "    Page   (String)                { title: String }",
            "    Moved  -                       (String, u16)",
            "    used by `site.route::handle`",
            "    the plugin would read and write other bytes than the program means",
            "    help: give the plugin the packages of the program, `cargo update -p site-sdk --precise 0.1.4`, `cargo update -p bytes \
             --precise 1.10.0`, and build it again",
            "  `site-sdk` was built from other packages",
            "              host     plugin",
            "    site-sdk  0.1.4    0.1.5",
            "    bytes     1.10.0   1.11.0",
            "    itoa      -        1.0.0",
            "    serde     1.0.228  -",
        ],
    );
    on_page("KW0706", &verdict(&HOST, &plugin).to_string());
}

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

#[test]
fn a_type_that_became_another() {
    refuses(
        &extending(with_methods([answering(TEXT), OPENED])),
        DifferenceKind::Layout,
        &[
            "  KW0714 the answer of `site.route::handle` is of another type",
            "          host    plugin",
            "    type  Answer  String",
            "    used by `site.route::handle`",
            "    the plugin would read and write other bytes than the program means",
            &format!("    {FROM_SOURCE}"),
        ],
    );
}

#[test]
fn only_the_cause_is_told_and_all_its_places() {
    const INNER: TypeLayout = TypeLayout::structure::<[u64; 1]>("Inner", &[field("a", 0, &TEXT)]);
    const GROWN: TypeLayout = TypeLayout::structure::<[u64; 2]>("Inner", &[field("a", 0, &TEXT), field("b", 8, &NUMBER)]);
    const OUTER: TypeLayout = TypeLayout::structure::<[u64; 3]>("Outer", &[field("inner", 0, &INNER), field("c", 8, &NUMBER)]);
    const OUTER_GROWN: TypeLayout =
        TypeLayout::structure::<[u64; 4]>("Outer", &[field("inner", 0, &GROWN), field("c", 16, &NUMBER)]);
    let of_host = with_methods([answering(OUTER), MethodLayout { output: &INNER, ..OPENED }]);
    let of_plugin = with_methods([answering(OUTER_GROWN), MethodLayout { output: &GROWN, ..OPENED }]);
    let found = verdict(&HostFacts { points: &[leak(of_host)], ..HOST }, &extending(of_plugin));
    assert_eq!(found.differences().len(), 1, "{found}");
    assert_eq!(found.differences()[0].message, "the struct `Inner` is laid out differently");
    assert_eq!(found.differences()[0].places, ["`site.route::handle`", "`site.route::opened`"]);
}

#[test]
fn methods_that_changed_came_went_or_moved() {
    let changed =
        MethodLayout { hash: 7, signature: "async fn handle(&self, request: &Request, now: u64) -> Answer", ..ROUTE.methods[0] };
    let text = refuses(
        &extending(with_methods([changed, OPENED])),
        DifferenceKind::Interface,
        &[
            "  KW0713 the methods of the point `site.route` differ",
            "    handle",
            "      host    async fn handle(&self, request: &Request) -> Answer",
            "      plugin  async fn handle(&self, request: &Request, now: u64) -> Answer",
            "    a call would reach another method, or pass it what it does not expect",
            &format!("    {FROM_SOURCE}"),
        ],
    );
    on_its_page(DifferenceKind::Interface, &text);
    let text = |point| verdict(&HOST, &extending(point)).to_string();
    let moved = text(with_methods([OPENED, ROUTE.methods[0]]));
    assert!(moved.contains("\n    order  handle, opened  opened, handle\n"), "{moved}");
    let went = text(with_methods([OPENED]));
    assert!(
        went.contains("\n    handle\n      host    async fn handle(&self, request: &Request) -> Answer\n      plugin  -\n"),
        "{went}"
    );
    let came =
        text(with_methods([ROUTE.methods[0], OPENED, MethodLayout { name: "closed", signature: "fn closed(&self)", ..OPENED }]));
    assert!(came.contains("\n    closed  -     fn closed(&self)\n"), "{came}");
}

#[test]
fn whoever_only_calls_a_service_may_know_less_of_it() {
    let grown =
        PointLayout { methods: leak([CLOCK.methods[0], MethodLayout { name: "today", hash: 9, ..CLOCK.methods[0] }]), ..CLOCK };
    let host = HostFacts { points: leak([leak(grown) as &PointLayout]), ..HOST };
    let clock: &[&PointLayout] = leak([leak(CLOCK) as &PointLayout]);
    let uses = verdict(&host, &RecordParts { uses: clock, ..built(BUILD) });
    assert!(uses.fits(), "{uses}");
    assert_eq!(uses.notes(), ["`service.clock` of the program has methods that the library does not know and does not call"]);
    assert!(!verdict(&host, &RecordParts { extends: clock, ..built(BUILD) }).fits(), "a provider has to have all methods");
    let newer = RecordParts { uses: host.points, ..built(BUILD) };
    assert!(!verdict(&HOST, &newer).fits(), "a caller must not know more");
}

#[test]
fn versions_of_a_point() {
    let with_version = |minor, patch| PointLayout {
        info: leak(PointInfo { version: version(0, minor, patch), ..*ROUTE.info }),
        methods: leak([ROUTE.methods[0], OPENED]),
        ..ROUTE
    };
    refuses(
        &extending(with_version(4, 0)),
        DifferenceKind::Interface,
        &[
            "  KW0713 the point `site.route` has another version",
            "             host   plugin",
            "    version  0.3.0  0.4.0",
            "    its SDK says that what was written for one version does not fit the other",
            &format!("    {FROM_SOURCE}"),
        ],
    );
    let patched = verdict(&HOST, &extending(with_version(3, 1)));
    assert_eq!(patched.notes(), ["the program has `site.route 0.3.0`, and the library was built for 0.3.1"]);
    assert!(patched.fits());
}

#[test]
fn points_and_events_that_the_program_does_not_know() {
    let text = refuses(
        &extending(PointLayout { info: leak(PointInfo { id: PluginId::new("site.routes"), ..*ROUTE.info }), ..ROUTE }),
        DifferenceKind::Unknown,
        &[
            "  KW0712 the program does not know the point `site.routes`",
            "                 host  plugin",
            "    declared by  -     site-sdk 0.1.4",
            "    nothing in the program could call it or answer it",
            "    help: make `site-sdk 0.1.4` a dependency of the program that it uses (`use … as _`), or build the plugin against the \
             program's SDK; a similar one is `site.route`",
        ],
    );
    on_its_page(DifferenceKind::Unknown, &text);
    let sdk = SdkFacts { name: "forum-sdk", ..SDK };
    let info = leak(PointInfo { id: PluginId::new("forum.thread"), ..*ROUTE.info });
    let text = verdict(&HOST, &extending(PointLayout { info, sdk, ..ROUTE })).to_string();
    assert!(
        text.ends_with(
            "help: this library was made for another program (SDK `forum-sdk`); if you develop it, make `forum-sdk 0.1.4` a dependency of \
             the program that it uses (`use … as _`), or build the plugin against the program's SDK"
        ),
        "{text}"
    );
    let verdict = verdict(&HostFacts { events: &[], ..HOST }, &RecordParts { publishes: &[&TICK], ..built(BUILD) });
    assert_eq!(verdict.differences()[0].message, "the program does not know the event `clock.ticked`");
    assert_eq!(verdict.differences()[0].kind.code(), "KW0712");
}

#[test]
fn a_point_for_static_plugins_only() {
    let text = refuses(
        &extending(PointLayout { static_only: true, ..ROUTE }),
        DifferenceKind::StaticOnly,
        &[
            "  KW0717 the point `site.route` is for static plugins only",
            "               host         plugin",
            "    meant for  all plugins  static plugins only",
            "    its methods lend references that must outlive the library",
            "    help: link the plugin into the program; or take `static_only` off the trait in `site-sdk` and return owned values",
        ],
    );
    on_its_page(DifferenceKind::StaticOnly, &text);
}

#[test]
fn an_event_with_another_schema() {
    let fields = leak([field("path", 0, &TEXT), field("port", 24, &TEXT)]);
    let info = EventInfo::new(PluginId::new("content.changed"), version(2, 0, 0), 0x78, "site_sdk::Changed", "site-sdk 0.1.4");
    let layout = leak(TypeLayout::structure::<[u64; 6]>("Request", fields));
    let changed: &[&EventLayout] = leak([leak(EventLayout { info: leak(info.durable()), layout, ..CHANGED }) as &EventLayout]);
    let text = refuses(
        &RecordParts { subscribes: changed, ..built(BUILD) },
        DifferenceKind::Event,
        &[
            "  KW0715 the event `content.changed` has another schema",
            "             host                    plugin",
            "    version  1.1.0                   2.0.0",
            "    stored   not                     before it is told",
            "    size     32 bytes, aligned to 8  48 bytes, aligned to 8",
            "    port     u16 at 24               String at 24",
            "    the plugin would read and write other bytes than the program means",
            &format!("    {FROM_SOURCE}"),
        ],
    );
    on_its_page(DifferenceKind::Event, &text);
    let info = EventInfo { schema: 0x78, ..*CHANGED.info };
    let same: &[&EventLayout] = leak([leak(EventLayout { info: leak(info), ..CHANGED }) as &EventLayout]);
    let verdict = verdict(&HOST, &RecordParts { subscribes: same, ..built(BUILD) });
    assert!(verdict.to_string().contains("\n    schema  0000000000000077  0000000000000078\n"), "{verdict}");
}

fn opening(layout: TypeLayout) -> RecordParts {
    let argument = leak([ArgumentLayout { name: "file", layout: leak(layout) }]);
    extending(with_methods([ROUTE.methods[0], MethodLayout { arguments: argument, ..OPENED }]))
}

#[test]
fn a_type_of_which_only_the_number_is_known() {
    let found = verdict(&HOST, &opening(TypeLayout::opaque::<std::os::fd::OwnedFd>("File")));
    let text = found.to_string();
    assert_eq!(found.differences()[0].kind, DifferenceKind::Opaque);
    assert!(
        text.contains("  KW0716 `std::fs::File` is another type\n            host               plugin\n    number  "),
        "{text}"
    );
    let expected = "    used by `site.route::opened`\n    the compiler numbers it differently: it comes from another version, feature set or \
                    profile of its crate\n    help: build both with the same features of `std`, which `cargo tree -e features -i std` shows, \
                    and with the same settings in `[profile]`, of which `opt-level`, `debug`, `lto` and `strip` count too";
    assert!(text.ends_with(expected), "{text}");
    let sdk = SdkFacts { version: "0.1.5", ..SDK };
    let plugin = opening(TypeLayout::opaque::<std::os::fd::OwnedFd>("File"));
    let plugin = extending(PointLayout { sdk, ..*plugin.extends[0] });
    let plugin = RecordParts { build: BuildFacts { debug_assertions: true, ..BUILD }, ..plugin };
    let text = verdict(&HOST, &plugin).to_string();
    assert!(text.contains("\n    debug assertions  off                on\n"), "{text}");
    assert!(text.contains("help: the library is a debug build and the program is not: build it with `--release`; and give the plugin the packages of the program, `cargo update -p site-sdk --precise 0.1.4`, and build it again"), "{text}");
    let larger = verdict(&HOST, &opening(TypeLayout::opaque::<[u64; 9]>("File")));
    assert!(larger.to_string().contains("size  4 bytes, aligned to 4  72 bytes, aligned to 8"), "{larger}");
    let renamed = verdict(&HOST, &opening(TypeLayout::opaque::<std::fs::File>("fs::Handle")));
    assert!(renamed.fits(), "one number is one type, however it is written: {renamed}");
}

/// The profile numbers all foreign types differently, and is one thing to mend.
#[test]
fn many_numbers_have_one_cause() {
    let point = |answer: TypeLayout, file: TypeLayout| {
        let argument = leak([ArgumentLayout { name: "file", layout: leak(file) }]);
        with_methods([answering(answer), MethodLayout { arguments: argument, ..OPENED }])
    };
    let of_host = point(TypeLayout::opaque::<std::time::Instant>("Instant"), TypeLayout::opaque::<std::fs::File>("File"));
    let of_plugin = extending(point(
        TypeLayout::opaque::<std::time::SystemTime>("Instant"),
        TypeLayout::opaque::<std::os::fd::OwnedFd>("File"),
    ));
    let host = |debug_assertions| HostFacts {
        build: BuildFacts { debug_assertions, ..BUILD },
        points: leak([leak(of_host) as &PointLayout]),
        ..HOST
    };
    let told = |of_host, of_plugin: RecordParts| {
        let verdict = verdict(&host(of_host), &of_plugin);
        assert_eq!(verdict.differences().len(), 2, "{verdict}");
        let text = verdict.to_string();
        assert!(
            text.contains("does not fit this program: 1 difference\n  KW0716 2 types are others than the program's\n"),
            "{text}"
        );
        assert_eq!(text.matches("help: ").count(), 1, "{text}");
        assert!(text.contains("\n    std::time::Instant") && text.contains("\n    std::fs::File"), "{text}");
        assert!(text.contains("\n    used by `site.route::handle`, `site.route::opened`\n"), "{text}");
        text
    };
    let debug = RecordParts { build: BuildFacts { debug_assertions: true, ..BUILD }, ..of_plugin };
    let text = told(false, debug);
    assert!(
        text.contains("\n    help: the library is a debug build and the program is not: build it with `--release`\n"),
        "{text}"
    );
    assert!(text.contains("\n    debug assertions    off                on\n"), "{text}");
    let text = told(true, of_plugin);
    assert!(
        text.contains("help: the program is a debug build and the library is not: build the program with `--release`"),
        "{text}"
    );
    let text = told(false, of_plugin);
    assert!(text.contains("with the same settings in `[profile]`"), "{text}");
}

#[test]
fn a_record_that_contradicts_itself_is_damaged() {
    let plugin = extending(with_methods([MethodLayout { hash: 99, ..ROUTE.methods[0] }, OPENED]));
    let text = verdict(&HOST, &plugin).to_string();
    assert!(
        text.ends_with(
            "  KW0713 the methods of the point `site.route` differ\n    its record says that it differs, and shows the same on both sides\n    \
             help: the library or its record is damaged: copy it again, or build it again"
        ),
        "{text}"
    );
}

#[test]
fn numbers_of_types_of_an_sdk_say_nothing() {
    // The crate of this test stands for an SDK.
    #[expect(dead_code, reason = "only its layout is looked at")]
    struct One(u32);
    #[expect(dead_code, reason = "only its layout is looked at")]
    struct Two(u32);
    let local = SdkFacts { name: "record", ..SDK };
    let of_host = PointLayout {
        sdk: local,
        methods: leak([ROUTE.methods[0], MethodLayout { output: leak(TypeLayout::opaque::<One>("One")), ..OPENED }]),
        ..ROUTE
    };
    let host = HostFacts { points: leak([leak(of_host) as &PointLayout]), ..HOST };
    let answers = |layout| {
        extending(PointLayout {
            sdk: local,
            methods: leak([ROUTE.methods[0], MethodLayout { output: leak(layout), ..OPENED }]),
            ..ROUTE
        })
    };
    let same_size = verdict(&host, &answers(TypeLayout::opaque::<Two>("sdk::One")));
    assert!(same_size.fits(), "{same_size}");
    assert_eq!(
        same_size.unknown(),
        ["what `One` consists of: only its size was compared; `#[derive(Boundary)]` on it tells more"]
    );
    assert!(!verdict(&host, &answers(TypeLayout::opaque::<Two>("Two"))).fits());
    assert!(!verdict(&host, &answers(TypeLayout::opaque::<[Two; 2]>("One"))).fits());
    let described = verdict(&host, &answers(TypeLayout::structure::<Two>("One", leak([field("0", 0, &NUMBER)]))));
    assert!(described.fits(), "{described}");
    assert_eq!(described.unknown(), ["what `One` consists of: only one side describes it"]);
}

#[test]
fn types_of_keyway_itself_are_compared_whatever_the_plugin_does() {
    const GONE: TypeLayout = TypeLayout::enumeration::<[u64; 3]>("Answer", &[VariantLayout { name: "Gone", fields: &[] }]);
    let verdict = verdict(&HOST, &RecordParts { boundary: &[&GONE], ..built(BUILD) });
    assert_eq!(verdict.differences()[0].message, "the enum `Answer` is laid out differently");
    assert!(verdict.to_string().contains("    Page  (String)  -\n"), "{verdict}");
    assert!(verdict.differences()[0].places.is_empty());
    let own: &[&TypeLayout] = leak([leak(TypeLayout::opaque::<keyway_manifest::Message>("Message")) as &TypeLayout]);
    let found = compare(
        &HostFacts { boundary: own, ..HOST },
        &Record::of_parts(&RecordParts { boundary: own, ..built(BUILD) }).expect("good"),
    );
    assert!(found.fits() && found.unknown().is_empty(), "{found}");
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
