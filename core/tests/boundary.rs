//! What is known of types that cross between a host and a library: `derive(Boundary)`, extension points, events.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::marker::PhantomData;
use std::mem::offset_of;
use std::sync::Arc;

use keyway::manifest::record::{FieldLayout, Shape, TypeLayout};
use keyway::{Boundary, Event, ExtensionPoint, extension_point};

/// A type of a crate that knows nothing of Keyway.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Foreign(pub u64);

/// A trait of such a crate.
pub trait Stream {}

#[derive(Debug, Boundary)]
struct Heading {
    level: u8,
    text: String,
}

#[derive(Debug, Boundary)]
struct Pair(u8, Option<Heading>);

#[derive(Debug, Boundary)]
struct Nothing;

#[derive(Debug, Boundary)]
#[repr(u16)]
#[expect(dead_code, reason = "its layout is looked at")]
enum Answer {
    None,
    Gone = 410,
    Page { text: String, headings: Vec<Heading> },
}

#[derive(Debug, Boundary)]
#[expect(clippy::use_self, reason = "both ways to mention it are tested")]
struct Node {
    name: String,
    children: Vec<Self>,
    by_name: BTreeMap<String, Box<Self>>,
    parent: Option<Box<Node>>,
}

#[derive(Debug, Boundary)]
struct Listed<T, const N: usize> {
    first: T,
    more: [T; N],
    kind: PhantomData<T>,
}

#[derive(Debug, Boundary)]
struct View<'a> {
    path: &'a str,
    parts: Vec<Cow<'a, str>>,
}

#[derive(Boundary)]
struct Mixed {
    foreign: Foreign,
    maybe: Option<Foreign>,
    told: Result<Arc<Foreign>, String>,
    stream: Box<dyn Stream>,
    call: fn(&str) -> bool,
    boxed: Box<dyn Fn(&str) -> bool + Send>,
    #[boundary(opaque)]
    heading: Heading,
}

#[derive(Debug, Boundary)]
struct Literal {
    text: &'static str,
}

#[derive(Debug, Boundary)]
struct OwnsErrors {
    error: Box<dyn std::error::Error + Send + Sync + 'static>,
}

/// A name of the standard library with another meaning.
mod renamed {
    pub(super) type Result<T> = std::result::Result<T, super::Foreign>;
}

#[derive(Debug, Boundary)]
struct Deceiving {
    result: renamed::Result<Boundaryless>,
}

/// A type of this crate without a description.
#[derive(Debug)]
pub struct Boundaryless(pub u8);

fn fields(layout: &TypeLayout) -> &'static [FieldLayout] {
    match layout.shape {
        Shape::Struct { fields } => fields,
        ref shape => panic!("`{}` is no struct: {shape:?}", layout.name),
    }
}

/// A type as a reader sees it: what it consists of, without numbers.
fn shown(layout: &TypeLayout) -> String {
    match layout.shape {
        Shape::Standard { arguments: [] } => layout.name.to_owned(),
        Shape::Standard { arguments } => {
            let arguments: Vec<_> = arguments.iter().map(|argument| shown(argument)).collect();
            format!("{}<{}>", layout.name, arguments.join(", "))
        }
        Shape::Struct { .. } | Shape::Enum { .. } => layout.name.to_owned(),
        Shape::Recursive => format!("recursive {}", layout.name),
        Shape::Opaque { .. } => format!("opaque {}", layout.name),
    }
}

fn shown_fields(layout: &TypeLayout) -> Vec<String> {
    fields(layout).iter().map(|field| format!("{}: {}", field.name, shown(field.layout))).collect()
}

#[test]
fn a_struct_has_its_fields_where_they_lie() {
    let layout = Heading::LAYOUT;
    assert_eq!((layout.name, layout.size, layout.align), ("Heading", size_of::<Heading>(), align_of::<Heading>()));
    assert_eq!(shown_fields(layout), ["level: u8", "text: String"]);
    let offsets: Vec<_> = fields(layout).iter().map(|field| field.offset).collect();
    assert_eq!(offsets, [Some(offset_of!(Heading, level)), Some(offset_of!(Heading, text))]);
    assert!(!layout.carries_code);
    let Heading { level, text } = Heading { level: 1, text: String::new() };
    assert_eq!(fields(layout)[0].layout.size, size_of_val(&level));
    assert_eq!(fields(layout)[1].layout.size, size_of_val(&text));
}

#[test]
fn tuples_and_empty_structs_have_theirs() {
    assert_eq!(shown_fields(Pair::LAYOUT), ["0: u8", "1: Option<Heading>"]);
    assert_eq!(fields(Pair::LAYOUT)[1].offset, Some(offset_of!(Pair, 1)));
    assert_eq!((fields(Nothing::LAYOUT).len(), Nothing::LAYOUT.size), (0, 0));
}

#[test]
fn an_enum_has_its_variants_with_their_numbers() {
    let Shape::Enum { variants } = Answer::LAYOUT.shape else { panic!("it is an enum") };
    let names: Vec<_> = variants.iter().map(|variant| variant.name).collect();
    assert_eq!(names, ["None", "Gone = 410", "Page"]);
    let page: Vec<_> = variants[2].fields.iter().map(|field| (field.name, field.offset, shown(field.layout))).collect();
    assert_eq!(page, [("text", None, "String".to_owned()), ("headings", None, "Vec<Heading>".to_owned())]);
}

#[test]
fn a_type_within_itself_is_told_once() {
    assert_eq!(
        shown_fields(Node::LAYOUT),
        [
            "name: String",
            "children: Vec<recursive Node>",
            "by_name: BTreeMap<String, Box<recursive Node>>",
            "parent: Option<Box<recursive Node>>"
        ]
    );
    let Shape::Standard { arguments } = fields(Node::LAYOUT)[1].layout.shape else { panic!("a vector has an argument") };
    assert_eq!((arguments[0].size, arguments[0].align), (size_of::<Node>(), align_of::<Node>()));
}

#[test]
fn parameters_are_described_by_what_stands_for_them() {
    let layout = <Listed<Heading, 2>>::LAYOUT;
    assert_eq!(shown_fields(layout), ["first: Heading", "more: array<Heading>", "kind: PhantomData<Heading>"]);
    assert_eq!(layout.size, size_of::<Listed<Heading, 2>>());
    assert_eq!(fields(layout)[1].layout.size, 2 * size_of::<Heading>());
    assert_ne!(layout.hash(), <Listed<Pair, 2>>::LAYOUT.hash());
    assert_ne!(layout.hash(), <Listed<Heading, 3>>::LAYOUT.hash());
}

#[test]
fn borrows_of_any_length_have_one_layout() {
    assert_eq!(shown_fields(View::LAYOUT), ["path: &<str>", "parts: Vec<Cow<str>>"]);
    assert!(!View::LAYOUT.carries_code);
}

#[test]
fn what_is_not_described_is_opaque_and_what_is_around_it_is_not() {
    assert_eq!(
        shown_fields(Mixed::LAYOUT),
        [
            "foreign: opaque Foreign",
            "maybe: Option<opaque Foreign>",
            "told: Result<Arc<opaque Foreign>, String>",
            "stream: Box<opaque dyn Stream>",
            "call: fn(&str) -> bool",
            "boxed: Box<dyn Fn(&str) -> bool + Send>",
            "heading: opaque Heading",
        ]
    );
    let foreign = fields(Mixed::LAYOUT)[0].layout;
    assert_eq!((foreign.size, foreign.align), (size_of::<Foreign>(), align_of::<Foreign>()));
    let Shape::Opaque { id, type_name } = foreign.shape else { panic!("it is opaque") };
    assert_eq!((id, type_name()), (std::any::TypeId::of::<Foreign>(), std::any::type_name::<Foreign>()));
    assert_eq!(fields(Mixed::LAYOUT)[3].layout.size, size_of::<Box<dyn Stream>>());
    assert_eq!(fields(Mixed::LAYOUT)[1].layout.size, size_of::<Option<Foreign>>());
}

#[test]
fn a_name_of_the_standard_library_with_hidden_arguments_is_not_trusted() {
    assert_eq!(shown_fields(Deceiving::LAYOUT), ["result: opaque renamed::Result<Boundaryless>"]);
}

#[test]
fn pointers_into_code_and_literals_tie_a_value_to_its_image() {
    assert!(Mixed::LAYOUT.carries_code);
    assert!(Literal::LAYOUT.carries_code);
    assert!(OwnsErrors::LAYOUT.carries_code);
    assert!(!Node::LAYOUT.carries_code);
}

/// A point with every kind of argument.
#[extension_point(id = "site.shape", version = "1.2.0", on_failure = "open")]
pub trait Shapes {
    /// Borrows and lends.
    fn title(&self, path: &str, parts: &[u8], more: &mut Vec<String>) -> Option<&str>;
    /// Foreign types on both sides.
    async fn serve(&self, request: &Foreign, size: (u8, [u16; 2])) -> Option<Foreign>;
    /// Gives nothing back.
    fn told(&self);
}

#[test]
fn a_point_tells_all_that_its_methods_take_and_return() {
    let layout = <dyn Shapes as ExtensionPoint>::LAYOUT;
    assert!(std::ptr::eq(layout.info, <dyn Shapes as ExtensionPoint>::INFO));
    assert_eq!((layout.sdk.name, layout.sdk.version), ("keyway", env!("CARGO_PKG_VERSION")));
    assert!(!layout.static_only);
    let methods: Vec<_> = layout.methods.iter().map(|method| (method.name, method.hash)).collect();
    assert_eq!(methods, layout.info.methods);
    let [title, serve, told] = layout.methods else { panic!("three methods") };
    assert_eq!(title.signature, "fn title(&self, path: &str, parts: &[u8], more: &mut Vec<String>) -> Option<&str>");
    let arguments: Vec<_> = title.arguments.iter().map(|argument| (argument.name, shown(argument.layout))).collect();
    let expected =
        [("path", "&<str>"), ("parts", "&<[]<u8>>"), ("more", "&mut<Vec<String>>")].map(|(name, ty)| (name, ty.to_owned()));
    assert_eq!(arguments, expected);
    assert_eq!(shown(title.output), "Option<&<str>>");
    assert_eq!(shown(serve.arguments[0].layout), "&<opaque Foreign>");
    assert_eq!(shown(serve.arguments[1].layout), "tuple<u8, array<u16>>");
    assert_eq!((shown(serve.output).as_str(), serve.output.size), ("Option<opaque Foreign>", size_of::<Option<Foreign>>()));
    assert_eq!((told.arguments.len(), shown(told.output).as_str()), (0, "()"));
}

/// A point for plugins that are linked.
#[extension_point(id = "site.literal", version = "1.0.0", on_failure = "open", static_only)]
pub trait Literals {
    /// A name for good.
    fn name(&self) -> Option<&'static str>;
}

#[test]
fn a_point_that_lends_for_good_says_that_no_library_has_it() {
    assert!(<dyn Literals as ExtensionPoint>::LAYOUT.static_only);
}

/// Something happened.
#[derive(Debug, Event)]
#[event(topic = "site.changed", version = "2.0.0")]
pub struct Changed {
    /// Where.
    #[event(key)]
    pub path: String,
    /// What nobody describes.
    pub foreign: Vec<Foreign>,
}

#[test]
fn an_event_is_described_by_its_derive() {
    let layout = <Changed as Event>::LAYOUT;
    assert!(std::ptr::eq(layout.info, Changed::INFO));
    assert_eq!(shown_fields(<Changed as Boundary>::LAYOUT), ["path: String", "foreign: Vec<opaque Foreign>"]);
    assert_eq!(layout.layout.hash(), <Changed as Boundary>::LAYOUT.hash());
}
