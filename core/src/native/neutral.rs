//! What crosses between a program and a library is the same whatever features either was built with.
//!
//! A plugin's crate is built without the feature `host`, and its host with it, so a field or a method of a trait behind a `cfg` would put
//! the rest into another place. The sizes below are compiled with every set of features; the test looks at the sources.

#[cfg(target_pointer_width = "64")]
const _: () = {
    use std::sync::Arc;

    use crate::context::Lent;
    use crate::event::{Delivery, Envelope, Filter, Handed, Handler, Heard, NotKept, Source, Subscription, Topic, TopicType};
    use crate::guard::Panicked;
    use crate::native::Erased;

    /// Fails to compile with the size that it has.
    const fn is<const SIZE: usize, const EXPECTED: usize>() {
        assert!(
            SIZE == EXPECTED,
            "the size of a type that crosses between images depends on features, or was changed: correct it here"
        );
    }

    is::<{ size_of::<TopicType>() }, 72>();
    is::<{ size_of::<Filter>() }, 72>();
    is::<{ size_of::<Delivery>() }, 16>();
    is::<{ size_of::<Handler>() }, 40>();
    is::<{ size_of::<Subscription>() }, 136>();
    is::<{ size_of::<Envelope<'static>>() }, 88>();
    is::<{ size_of::<Handed>() }, 24>();
    is::<{ size_of::<Heard>() }, 8>();
    is::<{ size_of::<NotKept>() }, 48>();
    is::<{ size_of::<Source>() }, 32>();
    is::<{ size_of::<Topic<Arc<()>>>() }, 24>();
    is::<{ size_of::<Erased>() }, 32>();
    is::<{ size_of::<Lent<'_>>() }, 40>();
    is::<{ size_of::<Panicked>() }, 24>();
};

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::{Path, PathBuf};

    /// All sources but the host's own.
    fn sources(folder: &Path, into: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).expect("the sources can be read").flatten() {
            let path = entry.path();
            if path.is_dir() && !path.ends_with("src/host") && !path.ends_with("src/testing") {
                sources(&path, into);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                into.push(path);
            }
        }
    }

    /// The attributes that make something in the public traits of a source depend on features, each with its trait.
    fn conditions(source: &str) -> Vec<(&str, &str)> {
        let mut found = Vec::new();
        let mut inside = None;
        for line in source.lines() {
            if line == "}" {
                inside = None;
            }
            inside = if line.starts_with("pub trait ") || line.starts_with("pub(crate) trait ") { Some(line) } else { inside };
            if let Some(inside) = inside.filter(|_| line.trim_start().starts_with("#[cfg(")) {
                found.push((inside, line.trim_start()));
            }
        }
        found
    }

    #[test]
    fn no_method_of_a_trait_depends_on_features() {
        let mut files = Vec::new();
        sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut files);
        assert!(files.len() > 50, "{} files", files.len());
        for file in files {
            let source = fs::read_to_string(&file).expect("a source can be read");
            assert_eq!(conditions(&source), [], "{}", file.display());
        }
    }

    #[test]
    fn a_condition_in_a_trait_is_found() {
        let source = "pub trait Clock {\n    #[cfg(feature = \"host\")]\n    fn now(&self);\n}\n\n#[cfg(test)]\nmod tests;\n";
        assert_eq!(conditions(source), [("pub trait Clock {", "#[cfg(feature = \"host\")]")]);
    }
}
