//! Types of which nothing is known but their size and the number that the compiler gives them.

use keyway_manifest::record::{
    ArgumentLayout, BuildFacts, DifferenceKind, HostFacts, MethodLayout, PointLayout, RecordParts, SdkFacts, TypeLayout,
};

use super::{HOST, OPENED, answering, extending, field, leak, verdict, with_methods};
use crate::sample::{BUILD, NUMBER, ROUTE, SDK};

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
