//! How the compiler laid a type out.

use core::any::TypeId;
use core::panic::Location;

use crate::PluginId;

/// How the compiler laid a type out, and what it consists of.
///
/// Made by its constructors alone, so that its hash and what it says about code always fit its parts.
#[derive(Debug, Clone, Copy)]
pub struct TypeLayout {
    /// The type as written, for example `Request` or `Vec<Header>`.
    pub name: &'static str,
    /// Its size in bytes; 0 for what has none of its own, such as `str` or `dyn Trait`.
    pub size: usize,
    /// Its alignment in bytes; 1 for what has no size of its own.
    pub align: usize,
    /// What it consists of.
    pub shape: Shape,
    /// Whether a value may hold pointers into the code of the image that made it: trait objects, function pointers, references to
    /// statics, or something unknown. Such a value must not outlive its image.
    pub carries_code: bool,
    hash: u64,
}

/// What a type consists of.
#[derive(Debug, Clone, Copy)]
pub enum Shape {
    /// A type of the language or the standard library: the compiler that is the same on both sides fixes its layout, but for that of
    /// its arguments: `T` and `E` of `Result<T, E>`, `T` of `&T`, the parts of a tuple.
    Standard {
        /// Its arguments.
        arguments: &'static [&'static TypeLayout],
    },
    /// A struct.
    Struct {
        /// Its fields in the order of the source.
        fields: &'static [FieldLayout],
    },
    /// An enum.
    Enum {
        /// Its variants in the order of the source.
        variants: &'static [VariantLayout],
    },
    /// The type that is being described, mentioned again within itself.
    Recursive,
    /// A type of which nothing is known but its size.
    Opaque {
        /// The compiler's number for the type.
        id: TypeId,
        /// Gives the type's full name, for example `http::request::Request<()>`.
        type_name: fn() -> &'static str,
    },
}

/// A field of a struct or of an enum's variant.
#[derive(Debug, Clone, Copy)]
pub struct FieldLayout {
    /// Its name, or its number in a tuple.
    pub name: &'static str,
    /// Where it lies, in bytes from the start of the struct; `None` in a variant, where the language does not tell.
    pub offset: Option<usize>,
    /// Its type.
    pub layout: &'static TypeLayout,
}

/// A variant of an enum.
#[derive(Debug, Clone, Copy)]
pub struct VariantLayout {
    /// Its name, with an explicit discriminant as written: `Gone = 410`.
    pub name: &'static str,
    /// Its fields.
    pub fields: &'static [FieldLayout],
}

/// The prime of FNV-1a with 64 bits.
const PRIME: u64 = 0x0100_0000_01b3;

/// Continues a hash with a number.
const fn mix(hash: u64, value: u64) -> u64 {
    let mixed = (hash ^ value).wrapping_mul(PRIME);
    mixed ^ (mixed >> 29)
}

impl TypeLayout {
    /// A type of the language or the standard library, with its arguments.
    #[must_use]
    pub const fn standard<T>(name: &'static str, arguments: &'static [&'static Self]) -> Self {
        Self::sized::<T>(name, Shape::Standard { arguments })
    }

    /// The same without a size of its own: `str` and `[T]`.
    #[must_use]
    pub const fn standard_unsized(name: &'static str, arguments: &'static [&'static Self]) -> Self {
        Self::new(name, 0, 1, Shape::Standard { arguments })
    }

    /// A struct with all its fields.
    #[must_use]
    pub const fn structure<T>(name: &'static str, fields: &'static [FieldLayout]) -> Self {
        Self::sized::<T>(name, Shape::Struct { fields })
    }

    /// An enum with all its variants.
    #[must_use]
    pub const fn enumeration<T>(name: &'static str, variants: &'static [VariantLayout]) -> Self {
        Self::sized::<T>(name, Shape::Enum { variants })
    }

    /// The type that is being described, mentioned again within itself: the `Node` in the `Vec<Node>` of a `Node`.
    #[must_use]
    pub const fn recursive<T>(name: &'static str) -> Self {
        Self::sized::<T>(name, Shape::Recursive)
    }

    /// A type of which only its size and its number are known. Where it is called tells it from others of the same name.
    #[must_use]
    #[track_caller]
    pub const fn opaque<T: 'static>(name: &'static str) -> Self {
        let shape = Shape::Opaque { id: TypeId::of::<T>(), type_name: core::any::type_name::<T> };
        Self::sized::<T>(name, shape).at(Location::caller())
    }

    /// The same of a type without a size of its own, such as `dyn Trait`.
    #[must_use]
    #[track_caller]
    pub const fn opaque_unsized<T: ?Sized + 'static>(name: &'static str) -> Self {
        let shape = Shape::Opaque { id: TypeId::of::<T>(), type_name: core::any::type_name::<T> };
        Self::new(name, 0, 1, shape).at(Location::caller())
    }

    /// The same type, of which it is known that its values may hold pointers into code: `fn(T) -> U`, `&'static str`.
    #[must_use]
    pub const fn with_code(mut self) -> Self {
        self.carries_code = true;
        self
    }

    /// The same type under the name that it has where it is used. That place tells it from others of the same name.
    #[must_use]
    #[track_caller]
    pub const fn named(self, name: &'static str) -> Self {
        Self::new(name, self.size, self.align, self.shape).at(Location::caller())
    }

    /// A hash of all it says but `carries_code` and the numbers of opaque types. Layouts with one hash are written once in a record.
    #[must_use]
    pub const fn hash(&self) -> u64 {
        self.hash
    }

    const fn sized<T>(name: &'static str, shape: Shape) -> Self {
        Self::new(name, size_of::<T>(), align_of::<T>(), shape)
    }

    const fn new(name: &'static str, size: usize, align: usize, shape: Shape) -> Self {
        let (parts, carries_code) = match shape {
            Shape::Standard { arguments } => of_arguments(arguments),
            Shape::Struct { fields } => of_fields(mix(2, fields.len() as u64), fields),
            Shape::Enum { variants } => of_variants(variants),
            Shape::Recursive => (4, false),
            Shape::Opaque { .. } => (5, true),
        };
        let hash = mix(mix(mix(PluginId::hash_text(name), size as u64), align as u64), parts);
        Self { name, size, align, shape, carries_code, hash }
    }

    const fn at(mut self, place: &Location<'_>) -> Self {
        self.hash = mix(mix(mix(self.hash, PluginId::hash_text(place.file())), place.line() as u64), place.column() as u64);
        self
    }
}

const fn of_arguments(arguments: &[&TypeLayout]) -> (u64, bool) {
    let (mut hash, mut carries_code) = (mix(1, arguments.len() as u64), false);
    let mut index = 0;
    while index < arguments.len() {
        hash = mix(hash, arguments[index].hash);
        carries_code |= arguments[index].carries_code;
        index += 1;
    }
    (hash, carries_code)
}

const fn of_fields(mut hash: u64, fields: &[FieldLayout]) -> (u64, bool) {
    let mut carries_code = false;
    let mut index = 0;
    while index < fields.len() {
        let FieldLayout { name, offset, layout } = fields[index];
        let offset = match offset {
            Some(offset) => offset as u64,
            None => u64::MAX,
        };
        hash = mix(mix(mix(hash, PluginId::hash_text(name)), offset), layout.hash);
        carries_code |= layout.carries_code;
        index += 1;
    }
    (hash, carries_code)
}

const fn of_variants(variants: &[VariantLayout]) -> (u64, bool) {
    let (mut hash, mut carries_code) = (mix(3, variants.len() as u64), false);
    let mut index = 0;
    while index < variants.len() {
        let VariantLayout { name, fields } = variants[index];
        let (of_variant, code) = of_fields(mix(PluginId::hash_text(name), fields.len() as u64), fields);
        hash = mix(hash, of_variant);
        carries_code |= code;
        index += 1;
    }
    (hash, carries_code)
}

#[cfg(test)]
mod tests {
    use core::mem::offset_of;

    use super::*;

    struct Page {
        title: String,
        hits: u32,
    }

    const TEXT: TypeLayout = TypeLayout::standard::<String>("String", &[]);
    const NUMBER: TypeLayout = TypeLayout::standard::<u32>("u32", &[]);
    const TITLE: FieldLayout = FieldLayout { name: "title", offset: Some(offset_of!(Page, title)), layout: &TEXT };
    const HITS: FieldLayout = FieldLayout { name: "hits", offset: Some(offset_of!(Page, hits)), layout: &NUMBER };
    const PAGE: TypeLayout = TypeLayout::structure::<Page>("Page", &[TITLE, HITS]);

    #[test]
    fn is_made_inside_rustc() {
        let page = Page { title: String::new(), hits: 0 };
        assert_eq!((PAGE.size, PAGE.align), (size_of_val(&page), align_of_val(&page.title)));
        assert_eq!(size_of_val(&page.hits), NUMBER.size);
        const { assert!(!PAGE.carries_code) };
    }

    #[test]
    fn the_hash_follows_every_part() {
        const MOVED: FieldLayout = FieldLayout { offset: Some(HITS.offset.unwrap() + 1), ..HITS };
        const RENAMED: FieldLayout = FieldLayout { name: "views", ..HITS };
        const OTHER: FieldLayout = FieldLayout { layout: &TEXT, ..HITS };
        let hashes = [
            PAGE.hash(),
            const { TypeLayout::structure::<Page>("Page", &[TITLE, MOVED]).hash() },
            const { TypeLayout::structure::<Page>("Page", &[TITLE, RENAMED]).hash() },
            const { TypeLayout::structure::<Page>("Page", &[TITLE, OTHER]).hash() },
            const { TypeLayout::structure::<Page>("Page", &[HITS, TITLE]).hash() },
            const { TypeLayout::structure::<Page>("Page", &[TITLE]).hash() },
            const { TypeLayout::structure::<Page>("Site", &[TITLE, HITS]).hash() },
            const { TypeLayout::structure::<(Page, u8)>("Page", &[TITLE, HITS]).hash() },
            const { TypeLayout::enumeration::<Page>("Page", &[VariantLayout { name: "Page", fields: &[TITLE, HITS] }]).hash() },
            const { TypeLayout::standard::<Page>("Page", &[&TEXT, &NUMBER]).hash() },
            const { TypeLayout::recursive::<Page>("Page").hash() },
            const { TypeLayout::opaque::<Page>("Page").hash() },
            const { TypeLayout::opaque::<Page>("Page").hash() },
        ];
        let distinct: std::collections::BTreeSet<u64> = hashes.into_iter().collect();
        assert_eq!(distinct.len(), hashes.len());
    }

    #[test]
    fn code_is_carried_by_whatever_holds_it() {
        const CALL: TypeLayout = TypeLayout::standard::<fn()>("fn()", &[]).with_code();
        const OBJECT: TypeLayout = TypeLayout::opaque_unsized::<dyn Send>("dyn Send");
        const BOXED: TypeLayout = TypeLayout::standard::<Box<dyn Send>>("Box<dyn Send>", &[&OBJECT]);
        const EITHER: TypeLayout = TypeLayout::enumeration::<Option<Box<dyn Send>>>(
            "Either",
            &[
                VariantLayout { name: "Text", fields: &[FieldLayout { name: "0", offset: None, layout: &TEXT }] },
                VariantLayout { name: "Object", fields: &[FieldLayout { name: "0", offset: None, layout: &BOXED }] },
            ],
        );
        const { assert!(CALL.carries_code && OBJECT.carries_code && BOXED.carries_code && EITHER.carries_code) };
        let Shape::Opaque { id, type_name } = OBJECT.shape else { panic!("it is opaque") };
        assert_eq!((id, type_name()), (TypeId::of::<dyn Send>(), std::any::type_name::<dyn Send>()));
    }
}
