//! Reads single entries of a record.

use super::cursor::Cursor;
use super::types::{
    RecordedBuild, RecordedEvent, RecordedField, RecordedMethod, RecordedPoint, RecordedSdk, RecordedShape, RecordedType,
    RecordedVariant,
};
use super::{Record, RecordError};
use crate::parse::{CargoFacts, ExtraPermission, LARGEST_FILE, check_scope, id_problem};
use crate::record::format::{MOST_PACKAGES, MOST_TYPES, PointRole, shape};
use crate::record::{Allocator, PanicStrategy, StateDowngrade, StateFacts};
use crate::{AfterPanic, BreakOn, EventRole, FailurePolicy, HookMode, ScopeKind};

/// How deep types may lie in each other, so that whoever follows them does not run out of stack.
const DEEPEST: usize = 64;

pub(super) fn build(cursor: &mut Cursor<'_>) -> Result<RecordedBuild, RecordError> {
    let (rustc, commit, target, keyway) = (cursor.text()?, cursor.text()?, cursor.text()?, cursor.text()?);
    Ok(RecordedBuild {
        rustc,
        commit,
        target,
        keyway,
        panic: cursor.choice(&[PanicStrategy::Unknown, PanicStrategy::Unwind, PanicStrategy::Abort])?,
        allocator: cursor.choice(&[Allocator::Unknown, Allocator::Host, Allocator::Own])?,
        debug_assertions: cursor.flag()?,
    })
}

pub(super) fn package(cursor: &mut Cursor<'_>) -> Result<CargoFacts, RecordError> {
    Ok(CargoFacts {
        package: cursor.text()?,
        version: cursor.version()?.to_string(),
        description: cursor.text()?,
        authors: cursor.text()?,
        license: cursor.text()?,
        repository: cursor.text()?,
    })
}

/// The manifest's file and text.
pub(super) fn manifest(cursor: &mut Cursor<'_>) -> Result<(String, String), RecordError> {
    let (file, text) = (cursor.text()?, cursor.text()?);
    if text.len() > LARGEST_FILE { Err(cursor.damaged("is larger than a manifest may be")) } else { Ok((file, text)) }
}

pub(super) fn permission(cursor: &mut Cursor<'_>) -> Result<ExtraPermission, RecordError> {
    Ok(ExtraPermission { name: cursor.text()?, scope_kind: cursor.choice(&ScopeKind::ALL)? })
}

pub(super) fn sdk(cursor: &mut Cursor<'_>, record: &Record) -> Result<RecordedSdk, RecordError> {
    if record.sdks.len() == MOST_PACKAGES {
        return Err(cursor.damaged("is one of more packages than a record may have"));
    }
    Ok(RecordedSdk { name: cursor.text()?, version: cursor.text()?, digest: cursor.text()? })
}

/// The forms of the state; `migrates_from` is none of the future.
pub(super) fn state(cursor: &mut Cursor<'_>) -> Result<StateFacts, RecordError> {
    let downgrades = [StateDowngrade::Supported, StateDowngrade::Lossy, StateDowngrade::Refused];
    let facts = StateFacts { version: cursor.u32()?, migrates_from: cursor.u32()?, downgrade: cursor.choice(&downgrades)? };
    if facts.migrates_from > facts.version {
        Err(cursor.damaged("takes only forms that are newer than its own"))
    } else {
        Ok(facts)
    }
}

/// A type, and how deep the types in it lie.
pub(super) fn one_type(cursor: &mut Cursor<'_>, record: &Record, depths: &[usize]) -> Result<(RecordedType, usize), RecordError> {
    let known = record.types.len();
    if known == MOST_TYPES {
        return Err(cursor.damaged("is one of more types than a record may have"));
    }
    let (name, size, align) = (cursor.text()?, cursor.u64()?, cursor.u64()?);
    let mut depth = 0;
    let mut deeper = |layout: usize| {
        depth = depth.max(depths[layout] + 1);
        layout
    };
    let shape = match cursor.u8()? {
        shape::STANDARD => RecordedShape::Standard(cursor.list(|cursor| Ok(deeper(cursor.position(known)?)))?),
        shape::STRUCT => RecordedShape::Struct(fields(cursor, known, &mut deeper)?),
        shape::ENUM => RecordedShape::Enum(
            cursor.list(|cursor| Ok(RecordedVariant { name: cursor.text()?, fields: fields(cursor, known, &mut deeper)? }))?,
        ),
        shape::RECURSIVE => RecordedShape::Recursive,
        shape::OPAQUE => RecordedShape::Opaque(None),
        _ => return Err(cursor.damaged("has a shape that this version does not know")),
    };
    if depth > DEEPEST {
        return Err(cursor.damaged("holds types in types without end"));
    }
    Ok((RecordedType { name, size, align, shape }, depth))
}

fn fields(
    cursor: &mut Cursor<'_>,
    known: usize,
    deeper: &mut impl FnMut(usize) -> usize,
) -> Result<Vec<RecordedField>, RecordError> {
    cursor.list(|cursor| {
        Ok(RecordedField { name: cursor.text()?, offset: cursor.offset()?, layout: deeper(cursor.position(known)?) })
    })
}

pub(super) fn point(cursor: &mut Cursor<'_>, record: &Record) -> Result<RecordedPoint, RecordError> {
    let known = record.types.len();
    let role = cursor.choice(&[PointRole::Extends, PointRole::Asks, PointRole::Uses])?;
    let (sdk, static_only) = (cursor.position(record.sdks.len())?, cursor.flag()?);
    let (id, version) = (id(cursor)?, cursor.version()?);
    let on_failure = cursor.choice(&[FailurePolicy::Closed, FailurePolicy::Open])?;
    let (has_deadline, deadline) = (cursor.flag()?, cursor.u64()?);
    Ok(RecordedPoint {
        role,
        id,
        version,
        sdk,
        static_only,
        on_failure,
        deadline_millis: has_deadline.then_some(deadline),
        break_on: cursor.choice(&[BreakOn::Failures, BreakOn::Errors, BreakOn::Nothing])?,
        after_panic: cursor.choice(&[AfterPanic::Continue, AfterPanic::Restart, AfterPanic::Disable])?,
        mode: cursor.choice(&[None, Some(HookMode::First), Some(HookMode::All), Some(HookMode::Fold), Some(HookMode::Veto)])?,
        uncounted: cursor.list(Cursor::text)?,
        methods: cursor.list(|cursor| method(cursor, known))?,
    })
}

fn method(cursor: &mut Cursor<'_>, known: usize) -> Result<RecordedMethod, RecordError> {
    Ok(RecordedMethod {
        name: cursor.text()?,
        hash: cursor.u64()?,
        signature: cursor.text()?,
        arguments: cursor.list(|cursor| Ok((cursor.text()?, cursor.position(known)?)))?,
        output: cursor.position(known)?,
    })
}

pub(super) fn event(cursor: &mut Cursor<'_>, record: &Record) -> Result<RecordedEvent, RecordError> {
    Ok(RecordedEvent {
        role: cursor.choice(&[EventRole::Publishes, EventRole::Subscribes])?,
        sdk: cursor.position(record.sdks.len())?,
        topic: id(cursor)?,
        version: cursor.version()?,
        schema: cursor.u64()?,
        type_path: cursor.text()?,
        package: cursor.text()?,
        durable: cursor.flag()?,
        layout: cursor.position(record.types.len())?,
    })
}

pub(super) fn pattern(cursor: &mut Cursor<'_>) -> Result<String, RecordError> {
    let pattern = cursor.text()?;
    match check_scope(ScopeKind::Topic, &pattern) {
        Ok(()) => Ok(pattern),
        Err(_) => Err(cursor.damaged("is no pattern of topics")),
    }
}

fn id(cursor: &mut Cursor<'_>) -> Result<String, RecordError> {
    let id = cursor.text()?;
    match id_problem(&id) {
        None => Ok(id),
        Some((problem, _)) => Err(cursor.damaged(&format!("has an id that {problem}"))),
    }
}
