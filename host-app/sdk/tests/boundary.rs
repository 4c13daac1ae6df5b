//! What crosses between the host and plugins that come as libraries is described, but for what other crates own.

use std::collections::BTreeSet;
use std::path::Path;

use keyway::manifest::record::{EventLayout, FieldLayout, PointLayout, Shape, TypeLayout};
use keyway::{Event, ExtensionPoint};
use keyway_cms_sdk::event::{
    CommentDecided, CommentPosted, ContentChanged, ContentEdited, LinksChecked, Login, Logout, SiteBuilt,
};
use keyway_cms_sdk::{
    AdminPanel, AfterDelete, AfterInsert, AfterUpdate, AssetSource, Authenticator, Authoriser, BeforeComment, BeforeDelete,
    BeforeInsert, BeforeUpdate, Content, Middleware, Processor, Protocol, Route, SiteListener, Source, Store, Template, Theme,
    WebSocket,
};

const POINTS: &[&PointLayout] = &[
    <dyn AdminPanel>::LAYOUT,
    <dyn AfterDelete>::LAYOUT,
    <dyn AfterInsert>::LAYOUT,
    <dyn AfterUpdate>::LAYOUT,
    <dyn AssetSource>::LAYOUT,
    <dyn Authenticator>::LAYOUT,
    <dyn Authoriser>::LAYOUT,
    <dyn BeforeComment>::LAYOUT,
    <dyn BeforeDelete>::LAYOUT,
    <dyn BeforeInsert>::LAYOUT,
    <dyn BeforeUpdate>::LAYOUT,
    <dyn Content>::LAYOUT,
    <dyn Middleware>::LAYOUT,
    <dyn Processor>::LAYOUT,
    <dyn Protocol>::LAYOUT,
    <dyn Route>::LAYOUT,
    <dyn SiteListener>::LAYOUT,
    <dyn Source>::LAYOUT,
    <dyn Store>::LAYOUT,
    <dyn Template>::LAYOUT,
    <dyn Theme>::LAYOUT,
    <dyn WebSocket>::LAYOUT,
];

const EVENTS: &[&EventLayout] = &[
    <CommentDecided as Event>::LAYOUT,
    <CommentPosted as Event>::LAYOUT,
    <ContentChanged as Event>::LAYOUT,
    <ContentEdited as Event>::LAYOUT,
    <LinksChecked as Event>::LAYOUT,
    <Login as Event>::LAYOUT,
    <Logout as Event>::LAYOUT,
    <SiteBuilt as Event>::LAYOUT,
];

/// Collects the names of all opaque types in a layout.
fn opaque(layout: &TypeLayout, found: &mut BTreeSet<&'static str>) {
    let mut fields = |fields: &[FieldLayout]| fields.iter().for_each(|field| opaque(field.layout, found));
    match layout.shape {
        Shape::Standard { arguments } => arguments.iter().for_each(|argument| opaque(argument, found)),
        Shape::Struct { fields: list } => fields(list),
        Shape::Enum { variants } => variants.iter().for_each(|variant| fields(variant.fields)),
        Shape::Recursive => {}
        Shape::Opaque { .. } => {
            found.insert(layout.name);
        }
    }
}

#[test]
fn only_types_of_other_crates_are_opaque() {
    let mut found = BTreeSet::new();
    for method in POINTS.iter().flat_map(|point| point.methods) {
        method.arguments.iter().for_each(|argument| opaque(argument.layout, &mut found));
        opaque(method.output, &mut found);
    }
    EVENTS.iter().for_each(|event| opaque(event.layout, &mut found));
    let other_crates =
        ["Bytes", "HeaderMap", "Request", "Response", "StatusCode", "mpsc::Receiver<Message>", "mpsc::Sender<Message>"];
    assert_eq!(found, other_crates.into());
}

#[test]
fn no_point_and_no_event_is_forgotten() {
    let count = |mark: &str| -> usize {
        let files = std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("src")).expect("the sources are there");
        let files = files.map(|file| file.expect("a file").path()).filter(|file| file.is_file());
        let texts = files.map(|file| std::fs::read_to_string(file).expect("a source can be read"));
        texts.map(|text| text.lines().filter(|line| line.starts_with(mark)).count()).sum()
    };
    assert_eq!(POINTS.len(), count("#[extension_point("));
    assert_eq!(EVENTS.len(), count("#[event("));
    assert!(POINTS.iter().all(|point| !point.static_only), "a library can provide every point");
}

#[test]
fn the_versions_below_the_sdk_are_known() {
    let sdk = POINTS[0].sdk;
    assert_eq!((sdk.name, sdk.version), (env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION")));
    // A target folder outside of the workspace hides the Cargo.lock; then they are unknown, and that is right too.
    let names: BTreeSet<_> = sdk.digest.split(';').filter_map(|entry| Some(entry.split_once(' ')?.0)).collect();
    assert!(sdk.digest.is_empty() || ["bytes", "http", "keyway"].iter().all(|name| names.contains(name)), "{}", sdk.digest);
}
