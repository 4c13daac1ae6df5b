//! Points: their methods and versions, and those that the program does not know.

use keyway_manifest::record::{DifferenceKind, HostFacts, MethodLayout, PointLayout, RecordParts, SdkFacts};
use keyway_manifest::{PluginId, PointInfo};

use super::{FROM_SOURCE, HOST, OPENED, built, extending, leak, on_its_page, refuses, verdict, with_methods};
use crate::sample::{BUILD, CLOCK, ROUTE, SDK, TICK, version};

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
