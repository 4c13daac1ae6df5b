//! What a plugin's crate has besides when it is built as a library: the record, the allocator and the entry.

/// Makes a library of the crate, for a host to load; `#[derive(Plugin)]` calls it where `cfg(keyway_native)` is set.
///
/// The record stands in a section of its own, so that a host reads it from the file; the entry is the only symbol.
#[doc(hidden)]
#[macro_export]
macro_rules! __export {
    (
        plugin: $plugin:ty,
        registration: $registration:path,
        manifest: $manifest:expr,
        extends: [$($extends:ty),*],
        asks: [$($asks:ty),*],
        uses: [$($uses:ty),*],
        publishes: [$($publishes:ty),*],
        subscribes: [$($subscribes:ty),*],
        observes: [$($observes:expr),*],
    ) => {
        const __KEYWAY_PARTS: &$crate::manifest::record::RecordParts = &$crate::manifest::record::RecordParts {
            build: $crate::__private::facts(::core::cfg!(panic = "abort"), ::core::cfg!(debug_assertions)),
            descriptor: <$plugin as $crate::Plugin>::DESCRIPTOR,
            manifest: $manifest,
            extends: &[$(<$extends as $crate::ExtensionPoint>::LAYOUT),*],
            asks: &[$(<$asks as $crate::ExtensionPoint>::LAYOUT),*],
            uses: &[$(<$uses as $crate::ExtensionPoint>::LAYOUT),*],
            publishes: &[$(<$publishes as $crate::Event>::LAYOUT),*],
            subscribes: &[$(<$subscribes as $crate::Event>::LAYOUT),*],
            observes: &[$($observes),*],
            boundary: $crate::__private::OWN,
            state: $crate::__private::state_facts(<$plugin as $crate::Plugin>::STATE),
        };

        #[used]
        #[cfg_attr(not(target_vendor = "apple"), unsafe(link_section = ".keyway"))]
        #[cfg_attr(target_vendor = "apple", unsafe(link_section = "__DATA,__keyway"))]
        static __KEYWAY_RECORD: [u8; $crate::manifest::record::record_len(__KEYWAY_PARTS)] =
            $crate::manifest::record::write_record(__KEYWAY_PARTS);

        #[used]
        #[cfg_attr(not(target_vendor = "apple"), unsafe(link_section = ".keyway.ids"))]
        #[cfg_attr(target_vendor = "apple", unsafe(link_section = "__DATA,__keyway_ids"))]
        static __KEYWAY_IDS: [::core::any::TypeId; $crate::manifest::record::type_id_count(__KEYWAY_PARTS)] =
            $crate::manifest::record::type_ids(__KEYWAY_PARTS);

        #[global_allocator]
        static __KEYWAY_ALLOCATOR: $crate::__private::HostAllocator = $crate::__private::HostAllocator;

        #[unsafe(no_mangle)]
        #[used]
        static KEYWAY_PLUGIN_V1: $crate::__private::Entry =
            $crate::__private::Entry::new(&__KEYWAY_RECORD, &__KEYWAY_IDS, &$registration);
    };
}
