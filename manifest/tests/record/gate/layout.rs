//! How types are laid out.

use keyway_manifest::record::{
    DifferenceKind, HostFacts, MethodLayout, PointLayout, Record, RecordParts, SdkFacts, TypeLayout, VariantLayout, Verdict,
    compare,
};

use super::{
    FROM_SOURCE, HOST, OPENED, answering, built, extending, field, leak, lent, on_its_page, on_page, part, refuses, taking,
    verdict, with_methods,
};
use crate::sample::{BUILD, NUMBER, Request, TEXT};

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

const NOW: TypeLayout = TypeLayout::standard_unsized("fn now(&self) -> SystemTime", &[]);
const ELAPSED: TypeLayout = TypeLayout::standard_unsized("fn elapsed(&self) -> Duration", &[]);

const fn source(name: &'static str, methods: &'static [&'static TypeLayout]) -> TypeLayout {
    TypeLayout::standard_unsized(name, methods).with_code()
}

const SOURCE: TypeLayout = source("dyn ClockSource: Send + Sync", &[&NOW, &ELAPSED]);

/// What is told of a library that was built with another form of this trait of `keyway`.
fn against_the_source(other: TypeLayout) -> Verdict {
    let boundary: &[&TypeLayout] = leak([leak(other) as &TypeLayout]);
    verdict(&HostFacts { boundary: &[&SOURCE], ..HOST }, &RecordParts { boundary, ..built(BUILD) })
}

#[test]
fn a_trait_of_keyway_whose_methods_changed() {
    const IN_ZONE: TypeLayout = TypeLayout::standard_unsized("fn now(&self, zone: u8) -> SystemTime", &[]);
    let text = against_the_source(source(SOURCE.name, &[&IN_ZONE, &ELAPSED])).to_string();
    let expected = [
        "  KW0714 the methods of the trait `ClockSource` of `keyway` differ",
        "         host                         plugin",
        "    now  fn now(&self) -> SystemTime  fn now(&self, zone: u8) -> SystemTime",
        "    a call would reach another method, or pass it what it does not expect",
        "    help: build the plugin from the source and with the features of `keyway` that the program has; \
         `cargo tree -e features -i keyway` shows them",
    ];
    assert_eq!(text.split_once('\n').map(|(_, rest)| rest), Some(&*expected.join("\n")), "{text}");
    on_its_page(DifferenceKind::Layout, &expected.join("\n"));
}

#[test]
fn a_trait_of_keyway_whose_methods_came_went_or_moved() {
    let text = |other| against_the_source(other).to_string();
    let went = text(source(SOURCE.name, &[&NOW]));
    assert!(went.contains("\n    elapsed  fn elapsed(&self) -> Duration  -\n"), "{went}");
    let moved = text(source(SOURCE.name, &[&ELAPSED, &NOW]));
    assert!(moved.contains("\n    order  now, elapsed  elapsed, now\n"), "{moved}");
    let demanding = text(source("dyn ClockSource: Send + Sync + Debug", &[&NOW, &ELAPSED]));
    assert!(
        demanding.contains("\n    trait  dyn ClockSource: Send + Sync  dyn ClockSource: Send + Sync + Debug\n"),
        "{demanding}"
    );
    for text in [went, moved, demanding] {
        assert!(text.contains("  KW0714 the methods of the trait `ClockSource` of `keyway` differ\n"), "{text}");
    }
    const WRITTEN_OUT: TypeLayout = TypeLayout::standard_unsized("fn now(&self) -> std::time::SystemTime", &[]);
    let same = against_the_source(source(SOURCE.name, &[&WRITTEN_OUT, &ELAPSED]));
    assert!(same.fits(), "however the modules of its types are written: {same}");
}

#[test]
fn a_trait_of_an_sdk_whose_methods_changed_is_told_wherever_it_is_taken() {
    const OLD: TypeLayout = source("dyn Store", &[&TypeLayout::standard_unsized("fn get(&self, key: &str) -> Value", &[])]);
    const NEW: TypeLayout = source("dyn Store", &[&TypeLayout::standard_unsized("fn get(&self, key: Key) -> Value", &[])]);
    const BOXED_OLD: TypeLayout = TypeLayout::standard::<Box<dyn Send>>("Box<dyn Store>", &[&OLD]);
    const BOXED_NEW: TypeLayout = TypeLayout::standard::<Box<dyn Send>>("Box<dyn Store>", &[&NEW]);
    let of_host = with_methods([answering(BOXED_OLD), OPENED]);
    let host = HostFacts { points: leak([leak(of_host) as &PointLayout]), ..HOST };
    let text = verdict(&host, &extending(with_methods([answering(BOXED_NEW), OPENED]))).to_string();
    let expected = [
        "  KW0714 the methods of the trait `Store` differ",
        "         host                               plugin",
        "    get  fn get(&self, key: &str) -> Value  fn get(&self, key: Key) -> Value",
        "    used by `site.route::handle`",
        "    a call would reach another method, or pass it what it does not expect",
        &format!("    {FROM_SOURCE}"),
    ];
    assert_eq!(text.split_once('\n').map(|(_, rest)| rest), Some(&*expected.join("\n")), "{text}");
}

#[test]
fn types_that_differ_deeper_than_types_are_shown_are_told_by_the_part_that_does() {
    fn deep(inner: &'static TypeLayout) -> TypeLayout {
        let list = |inner| TypeLayout::standard::<Vec<u8>>("Vec", leak([inner as &TypeLayout]));
        list(leak(list(leak(list(leak(list(leak(list(inner)))))))))
    }
    let of_host = with_methods([answering(deep(&NUMBER)), OPENED]);
    let host = HostFacts { points: leak([leak(of_host) as &PointLayout]), ..HOST };
    let text = verdict(&host, &extending(with_methods([answering(deep(&TEXT)), OPENED]))).to_string();
    assert!(text.contains("  KW0714 the answer of `site.route::handle` is of another type\n"), "{text}");
    assert!(text.contains("\n    type  Vec<Vec<Vec<u16>>>  Vec<Vec<Vec<String>>>\n"), "{text}");
    assert!(!text.contains("damaged"), "{text}");
}
