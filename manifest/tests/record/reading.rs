//! What the compiler wrote is read back; what is no record, or a damaged one, is refused without a panic.

use std::any::TypeId;

use keyway_manifest::record::{
    MAGIC, MOST_TYPES, PointRole, Record, RecordError, RecordParts, StateDowngrade, StateFacts, record_len, type_id_count,
    type_ids, write_record,
};
use keyway_manifest::{EventRole, HookMode, Version};
use proptest::prelude::*;

use crate::sample::{self, PARTS};

static WRITTEN: [u8; record_len(PARTS)] = write_record(PARTS);
static IDS: [TypeId; type_id_count(PARTS)] = type_ids(PARTS);

#[test]
fn what_the_compiler_wrote_is_read_back() {
    let record = Record::read(&WRITTEN, &[]).unwrap();
    assert_eq!(record.build().commit, sample::BUILD.commit);
    assert_eq!(record.build().panic, sample::BUILD.panic);
    assert_eq!(record.build().allocator, sample::BUILD.allocator);
    assert_eq!(record.manifest(), sample::MANIFEST);
    assert_eq!(record.manifest_file(), "plugins/clock/plugin.toml");
    assert_eq!(record.package().package, "cms-plugin-clock");
    assert_eq!(record.package().version, "1.20.3-rc.1");
    let points: Vec<_> = record.points().iter().map(|point| (point.role, point.id.as_str())).collect();
    let expected = [
        (PointRole::Extends, "site.route"),
        (PointRole::Extends, "service.clock"),
        (PointRole::Asks, "site.greeting"),
        (PointRole::Uses, "service.store"),
    ];
    assert_eq!(points, expected);
    let events: Vec<_> = record.events().iter().map(|event| (event.role, event.topic.as_str())).collect();
    assert_eq!(events, [(EventRole::Publishes, "clock.ticked"), (EventRole::Subscribes, "content.changed")]);
    assert_eq!(record.observes(), ["content.**"]);
    let sdks: Vec<_> = record.sdks().iter().map(|sdk| sdk.name.as_str()).collect();
    assert_eq!(sdks, ["site-sdk", "clock"], "each package stands there once");
    assert_eq!(record.bytes(), WRITTEN);
}

/// A record of version 1 stays what it is: hosts read libraries that were built before them. `KEYWAY_UPDATE=1` writes the file anew,
/// which goes with another version of the form.
#[test]
#[cfg(all(target_pointer_width = "64", target_os = "linux"))]
fn the_form_does_not_change_by_accident() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures/record/clock.record");
    if std::env::var_os("KEYWAY_UPDATE").is_some() {
        std::fs::write(file, WRITTEN).expect("the fixture can be written");
    }
    let there = std::fs::read(file).expect("the fixture is there");
    assert!(there == WRITTEN, "the form of the record changed: {file}");
}

#[test]
fn opaque_types_have_their_numbers_in_a_section_of_their_own() {
    assert_eq!(IDS, [TypeId::of::<std::fs::File>()]);
    assert!(Record::read(&WRITTEN, &[7; 16]).is_ok());
    for wrong in [1, 15, 17, 32] {
        let error = Record::read(&WRITTEN, &vec![0; wrong]).unwrap_err();
        assert_eq!(error.code(), "KW0701", "{error}");
    }
}

#[test]
fn the_descriptor_is_the_manifest_with_the_part_of_the_attribute() {
    let record = Record::read(&WRITTEN, &[]).unwrap();
    let descriptor = record.descriptor().unwrap();
    assert_eq!(descriptor.id.as_str(), "site.clock");
    assert_eq!(descriptor.version, Version { pre: "rc.1", ..sample::version(1, 20, 3) });
    assert_eq!((descriptor.authors, descriptor.license), ("Ada:Grace", "MIT"));
    assert_eq!((descriptor.location.file, descriptor.location.line), ("plugins/clock/plugin.toml", 4));
    assert!(descriptor.declares("mail.send"), "a permission of the SDK is known by the record");
    let route = descriptor.extensions[0].point;
    assert_eq!(format!("{route:?}"), format!("{:?}", sample::ROUTE.info));
    assert_eq!(descriptor.asks[0].point.mode, Some(HookMode::Fold));
    assert_eq!(descriptor.asks.len(), 1, "a service is used, not asked");
    assert_eq!(format!("{:?}", descriptor.events[0].event), format!("{:?}", sample::TICK.info));
    assert_eq!(format!("{:?}", descriptor.events[1].event), format!("{:?}", sample::CHANGED.info));
    let again = Record::read(&WRITTEN, &[]).unwrap().descriptor().unwrap();
    assert!(std::ptr::eq(descriptor, again), "the same bytes have the same descriptor");
}

#[test]
fn all_mistakes_of_the_manifest_are_told() {
    const WRONG: &RecordParts =
        &RecordParts { manifest: "manifest-version = 1\n[plugin]\nid = \"site\"\nhots = \"^1\"\n", ..*PARTS };
    static BYTES: [u8; record_len(WRONG)] = write_record(WRONG);
    let error = Record::read(&BYTES, &[]).unwrap().descriptor().unwrap_err();
    assert!(matches!(&error, RecordError::Manifest(report) if report.diagnostics().len() == 2), "{error}");
    assert!(error.to_string().starts_with("KW0703 the manifest in the library is refused\nKW0"), "{error}");
    assert!(error.to_string().contains("--> plugins/clock/plugin.toml:3:6"), "{error}");
}

#[test]
fn a_record_that_contradicts_its_manifest_is_refused() {
    const SILENT: &RecordParts =
        &RecordParts { manifest: "manifest-version = 1\n[plugin]\nid = \"site.clock\"\nhost = \"^0.1\"\n", ..*PARTS };
    static BYTES: [u8; record_len(SILENT)] = write_record(SILENT);
    let error = Record::read(&BYTES, &[]).unwrap().descriptor().unwrap_err();
    let text = error.to_string();
    assert!(text.starts_with("KW0703 the manifest in the library and its record do not say the same\n"), "{text}");
    for code in ["KW0210", "KW0211", "KW0251"] {
        assert!(text.contains(code), "{text}");
    }
    assert_eq!(text.matches("KW0251").count(), 3, "published, subscribed and observed: {text}");
}

#[test]
fn what_is_no_record_or_one_of_the_future_says_so() {
    let text = |bytes: &[u8]| Record::read(bytes, &[]).unwrap_err().to_string();
    for none in [&b""[..], b"KEY", b"\x7fELF\0\0\0\0\0\0\0\0", &[0; 64]] {
        assert!(text(none).starts_with("KW0700 the library holds no record of a plugin"), "{}", text(none));
    }
    let mut future = WRITTEN;
    future[8] = 2;
    assert!(text(&future).starts_with("KW0702 the record of the library has the form 2, and this program reads the form 1"));
    let twice = [WRITTEN, WRITTEN].concat();
    assert!(text(&twice).contains("a library holds one plugin"), "{}", text(&twice));
    assert_eq!(
        text(&MAGIC),
        "KW0701 the record of the library is damaged: it is cut off\n  help: build the plugin again, and copy the library whole"
    );
}

#[test]
fn entries_of_the_future_are_skipped() {
    let mut longer = WRITTEN.to_vec();
    longer.extend_from_slice(&[0xff, 0xff, 0, 0, 3, 0, 0, 0, 1, 2, 3, 0]);
    let length = u32::try_from(longer.len()).unwrap();
    longer[12..16].copy_from_slice(&length.to_le_bytes());
    assert_eq!(Record::read(&longer, &[]).unwrap().points().len(), 4);
}

#[test]
fn every_truncation_is_refused() {
    for length in 0..WRITTEN.len() {
        let mut cut = WRITTEN[..length].to_vec();
        assert!(Record::read(&cut, &[]).is_err(), "{length} bytes");
        // And with a header that knows no better.
        if let Some(place) = cut.get_mut(12..16) {
            place.copy_from_slice(&u32::try_from(length).unwrap().to_le_bytes());
            if let Ok(record) = Record::read(&cut, &[]) {
                assert!(
                    record.points().len() + record.events().len() + record.observes().len() < 7 || length + 12 >= WRITTEN.len()
                );
            }
        }
    }
}

#[test]
fn no_flipped_bit_makes_it_panic() {
    for place in 0..WRITTEN.len() * 8 {
        let mut flipped = WRITTEN;
        flipped[place / 8] ^= 1 << (place % 8);
        match Record::read(&flipped, &[]) {
            Ok(record) => assert_eq!(record.bytes(), flipped),
            Err(error) => assert!(error.to_string().starts_with("KW07"), "{error}"),
        }
    }
}

#[test]
fn a_number_that_promises_too_much_takes_no_memory() {
    let damaged = |tag: u16, payload: &[u8]| {
        let mut bytes = Vec::from(MAGIC);
        bytes.extend_from_slice(&1_u32.to_le_bytes());
        bytes.extend_from_slice(&u32::try_from(24 + payload.len()).unwrap().to_le_bytes());
        bytes.extend_from_slice(&tag.to_le_bytes());
        bytes.extend_from_slice(&[0, 0]);
        bytes.extend_from_slice(&u32::try_from(payload.len()).unwrap().to_le_bytes());
        bytes.extend_from_slice(payload);
        Record::read(&bytes, &[]).unwrap_err().to_string()
    };
    let text = damaged(2, &u32::MAX.to_le_bytes());
    assert!(text.starts_with("KW0701 the record of the library is damaged: what it says about the package is cut off"), "{text}");
    let mut of_type = vec![0; 20];
    of_type.push(1);
    of_type.extend_from_slice(&u32::MAX.to_le_bytes());
    of_type.extend_from_slice(&[0; 3]);
    assert!(damaged(6, &of_type).contains("a type in it is cut off"));
}

#[test]
fn types_in_types_without_end_are_refused() {
    let entry = |bytes: &mut Vec<u8>, inner: Option<u32>| {
        let mut payload = vec![0; 20];
        payload.push(0);
        payload.extend_from_slice(&u32::from(inner.is_some()).to_le_bytes());
        payload.extend(inner.into_iter().flat_map(u32::to_le_bytes));
        bytes.extend_from_slice(&[6, 0, 0, 0]);
        bytes.extend_from_slice(&u32::try_from(payload.len()).unwrap().to_le_bytes());
        bytes.extend_from_slice(&payload);
        bytes.resize(bytes.len().next_multiple_of(4), 0);
    };
    let record = |count: u32, inner: fn(u32) -> Option<u32>| {
        let mut bytes = Vec::from(MAGIC);
        bytes.extend_from_slice(&[1, 0, 0, 0, 0, 0, 0, 0]);
        for position in 0..count {
            entry(&mut bytes, inner(position));
        }
        let length = u32::try_from(bytes.len()).unwrap();
        bytes[12..16].copy_from_slice(&length.to_le_bytes());
        Record::read(&bytes, &[]).unwrap_err().to_string()
    };
    assert!(record(65, |position| position.checked_sub(1)).contains("does not say how the library was built"));
    assert!(record(66, |position| position.checked_sub(1)).contains("holds types in types without end"));
    assert!(record(3, Some).contains("does not stand before it"), "no type holds itself");
    let most = u32::try_from(MOST_TYPES).unwrap();
    assert!(record(most, |_| None).contains("does not say how the library was built"));
    assert!(record(most + 1, |_| None).contains("more types than a record may have"));
}

proptest! {
    #[test]
    fn any_bytes_behind_a_good_header_are_refused_or_read(
        tags in proptest::collection::vec((0_u16..12, proptest::collection::vec(any::<u8>(), 0..60)), 0..12)
    ) {
        let mut bytes = WRITTEN.to_vec();
        for (tag, payload) in tags {
            bytes.extend_from_slice(&tag.to_le_bytes());
            bytes.extend_from_slice(&[0, 0]);
            bytes.extend_from_slice(&u32::try_from(payload.len()).unwrap().to_le_bytes());
            bytes.extend_from_slice(&payload);
            bytes.resize(bytes.len().next_multiple_of(4), 0);
        }
        let length = u32::try_from(bytes.len()).unwrap();
        bytes[12..16].copy_from_slice(&length.to_le_bytes());
        if let Err(error) = Record::read(&bytes, &[]) {
            prop_assert!(error.to_string().starts_with("KW07"));
        }
    }

    #[test]
    fn several_changed_bytes_do_not_make_it_panic(changes in proptest::collection::vec((0..WRITTEN.len(), any::<u8>()), 1..8)) {
        let mut bytes = WRITTEN;
        for (place, value) in changes {
            bytes[place] = value;
        }
        if let Ok(record) = Record::read(&bytes, &[]) {
            let told = record.descriptor().map(|descriptor| descriptor.id.to_string()).map_err(|error| error.to_string());
            prop_assert!(!told.unwrap_or_else(|error| error).is_empty());
        }
    }
}

#[test]
fn the_forms_of_the_state_are_read() {
    assert_eq!(Record::of_parts(PARTS).unwrap().state(), None, "an entry that need not be there");
    for downgrade in [StateDowngrade::Supported, StateDowngrade::Lossy, StateDowngrade::Refused] {
        let state = StateFacts { version: 3, migrates_from: 2, downgrade };
        let record = Record::of_parts(&RecordParts { state: Some(state), ..*PARTS }).unwrap();
        assert_eq!(record.state(), Some(state));
    }
    let state = StateFacts { version: 3, migrates_from: 4, downgrade: StateDowngrade::Refused };
    let error = Record::of_parts(&RecordParts { state: Some(state), ..*PARTS }).unwrap_err().to_string();
    assert!(error.contains("what it says about the state takes only forms that are newer than its own"), "{error}");
}
