//! The operator's `[host.native]`: stricter than the policy, never laxer.

use keyway_manifest::{Checksums, NativePolicy, UndefinedSymbols, Unload};
use toml::Value;

use super::WatchSettings;
use crate::host::failure::Problem;
use crate::host::origin::{self, Origin};
use crate::host::settings::{unknown_key, wrong_type};
use crate::host::usage::parse_size;

const KEYS: [&str; 9] =
    ["checksums", "file-size", "files", "generations", "probe", "require-signature", "undefined-symbols", "unload", "watch"];

/// What the operator says about native plugins.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::host) struct NativeSettings {
    /// Whether none is to be loaded.
    pub(in crate::host) is_off: bool,
    /// Whether libraries that change are taken up by themselves.
    pub(in crate::host) watch: WatchSettings,
    require_signature: Option<bool>,
    checksums: Option<Checksums>,
    probe: Option<bool>,
    undefined_symbols: Option<UndefinedSymbols>,
    unload: Option<Unload>,
    generations: Option<u32>,
    file_size: Option<u64>,
    files: Option<u32>,
}

/// The settings to raise, as messages name them.
#[derive(Debug, Clone, Copy)]
pub(in crate::host) struct Limits {
    pub(in crate::host) files: &'static str,
    pub(in crate::host) file_size: &'static str,
}

impl NativeSettings {
    /// Reads `false`, or a table.
    pub(in crate::host) fn read(&mut self, value: Value, origins: &[Origin], problems: &mut Vec<Problem>) {
        let table = match value {
            Value::Boolean(false) => {
                self.is_off = true;
                return;
            }
            Value::Table(table) => table,
            value => {
                let problem = wrong_type("host.native", "a table or `false`", &value);
                return problems.push(problem.at(origin::find(origins, &["host", "native"])));
            }
        };
        for (key, value) in table {
            if key == "watch" {
                self.watch = WatchSettings::read(value, origins, problems);
                continue;
            }
            if let Err(problem) = self.read_key(&key, &value) {
                problems.push(problem.at(origin::find(origins, &["host", "native", &key])));
            }
        }
    }

    fn read_key(&mut self, key: &str, value: &Value) -> Result<(), Problem> {
        let flag = || value.as_bool().ok_or("`true` or `false`");
        let count = || {
            let count = value.as_integer().and_then(|count| u32::try_from(count).ok()).filter(|count| *count > 0);
            count.ok_or("a whole number above zero")
        };
        let word = |known: &'static [&str], expected| {
            value.as_str().and_then(|word| known.iter().position(|known| *known == word)).ok_or(expected)
        };
        let read = match key {
            "require-signature" => flag().map(|flag| self.require_signature = Some(flag)),
            "probe" => flag().map(|flag| self.probe = Some(flag)),
            "generations" => count().map(|count| self.generations = Some(count)),
            "files" => count().map(|count| self.files = Some(count)),
            "file-size" => match value.as_str().and_then(parse_size) {
                Some(size) => {
                    self.file_size = Some(size);
                    Ok(())
                }
                None => Err("a size above zero such as `\"64MiB\"`"),
            },
            "checksums" => word(&["if-present", "required"], "`\"required\"` or `\"if-present\"`")
                .map(|word| self.checksums = Some([Checksums::IfPresent, Checksums::Required][word])),
            "undefined-symbols" => word(&["allow", "check"], "`\"check\"` or `\"allow\"`")
                .map(|word| self.undefined_symbols = Some([UndefinedSymbols::Allow, UndefinedSymbols::Check][word])),
            "unload" => word(&["try", "never"], "`\"never\"` or `\"try\"`")
                .map(|word| self.unload = Some([Unload::Try, Unload::Never][word])),
            _ => return Err(unknown_key("host.native.", key, &KEYS)),
        };
        read.map_err(|expected| wrong_type(&format!("host.native.{key}"), expected, value))
    }

    /// What sets how many libraries a folder may hold and how large each may be: the operator, or else who made the policy.
    pub(in crate::host) const fn limits_set_by(&self, is_of_program: bool) -> Limits {
        Limits {
            files: match (self.files, is_of_program) {
                (Some(_), _) => "`files` in `[host.native]` of the configuration",
                (None, true) => "`files` in the program's `native_policy`",
                (None, false) => "`files` in `[native]` of the host's policy",
            },
            file_size: match (self.file_size, is_of_program) {
                (Some(_), _) => "`file-size` in `[host.native]` of the configuration",
                (None, true) => "`file_size` in the program's `native_policy`",
                (None, false) => "`file-size` in `[native]` of the host's policy",
            },
        }
    }

    /// The policy with what the operator wants stricter.
    ///
    /// Who may install plugins is decided where the program is compiled: a setting that would loosen the policy is a problem, and the
    /// policy stays.
    pub(in crate::host) fn tighten(
        &self,
        policy: &NativePolicy,
        origins: &[Origin],
        problems: &mut Vec<Problem>,
    ) -> NativePolicy {
        let mut tightened = *policy;
        let mut looser = |key: &str, said: String, policy: String| {
            let message = format!("`host.native.{key}` is {said}, and the host's policy says {policy}, which is stricter");
            let help = format!("remove `{key}`: the configuration can make the rules for native plugins stricter, and no laxer");
            problems.push(Problem::new("KW0757", message, help).at(origin::find(origins, &["host", "native", key])));
        };
        let word = |word: &str| format!("`\"{word}\"`");
        let number = |number: u64| format!("`{number}`");
        match self.require_signature {
            Some(false) if policy.require_signature => looser("require-signature", "`false`".to_owned(), "`true`".to_owned()),
            Some(said) => tightened.require_signature = said,
            None => {}
        }
        match self.probe {
            Some(false) if policy.probe => looser("probe", "`false`".to_owned(), "`true`".to_owned()),
            Some(said) => tightened.probe = said,
            None => {}
        }
        match self.checksums {
            Some(said) if said < policy.checksums => looser("checksums", word(said.as_str()), word(policy.checksums.as_str())),
            Some(said) => tightened.checksums = said,
            None => {}
        }
        match self.undefined_symbols {
            Some(said) if said < policy.undefined_symbols => {
                looser("undefined-symbols", word(said.as_str()), word(policy.undefined_symbols.as_str()));
            }
            Some(said) => tightened.undefined_symbols = said,
            None => {}
        }
        match self.unload {
            Some(said) if said < policy.unload => looser("unload", word(said.as_str()), word(policy.unload.as_str())),
            Some(said) => tightened.unload = said,
            None => {}
        }
        match self.generations {
            Some(said) if said > policy.generations => {
                looser("generations", number(said.into()), number(policy.generations.into()));
            }
            Some(said) => tightened.generations = said,
            None => {}
        }
        match self.files {
            Some(said) if said > policy.files => looser("files", number(said.into()), number(policy.files.into())),
            Some(said) => tightened.files = said,
            None => {}
        }
        match self.file_size {
            Some(said) if said > policy.file_size => {
                looser("file-size", format!("{said} bytes"), format!("{} bytes", policy.file_size));
            }
            Some(said) => tightened.file_size = said,
            None => {}
        }
        tightened
    }
}

#[cfg(test)]
mod tests {
    use toml::Table;

    use super::*;

    const LAX: NativePolicy =
        NativePolicy { require_signature: false, unload: Unload::Try, generations: 16, ..NativePolicy::DEFAULT };
    const STRICT: NativePolicy = NativePolicy {
        checksums: Checksums::Required,
        probe: true,
        undefined_symbols: UndefinedSymbols::Check,
        generations: 2,
        file_size: 1 << 20,
        files: 4,
        ..NativePolicy::DEFAULT
    };

    fn read(text: &str) -> (NativeSettings, Vec<String>) {
        let (mut settings, mut problems) = (NativeSettings::default(), Vec::new());
        settings.read(Value::Table(text.parse::<Table>().unwrap()), &[], &mut problems);
        (settings, problems.iter().map(ToString::to_string).collect())
    }

    fn tighten(text: &str, policy: &NativePolicy) -> (NativePolicy, Vec<String>) {
        let (settings, wrong) = read(text);
        assert_eq!(wrong, [""; 0]);
        let mut problems = Vec::new();
        let tightened = settings.tighten(policy, &[], &mut problems);
        (tightened, problems.iter().map(ToString::to_string).collect())
    }

    const ALL: &str = "require-signature = true\nchecksums = 'required'\nprobe = true\nundefined-symbols = 'check'\nunload = 'never'\n\
                       generations = 2\nfile-size = '1MiB'\nfiles = 4";

    #[test]
    fn an_operator_may_be_stricter() {
        let (tightened, problems) = tighten(ALL, &LAX);
        assert_eq!(problems, [""; 0]);
        assert!(tightened.require_signature && tightened.probe);
        assert_eq!(tightened.checksums, Checksums::Required);
        assert_eq!(tightened.undefined_symbols, UndefinedSymbols::Check);
        assert_eq!(tightened.unload, Unload::Never);
        assert_eq!((tightened.generations, tightened.file_size, tightened.files), (2, 1 << 20, 4));
        assert_eq!(tighten(ALL, &STRICT).1, [""; 0], "to say what the policy says loosens nothing");
    }

    #[test]
    fn an_operator_may_not_loosen_a_rule() {
        let text = "require-signature = false\nchecksums = 'if-present'\nprobe = false\nundefined-symbols = 'allow'\nunload = 'try'\n\
                    generations = 3\nfile-size = '2MiB'\nfiles = 5";
        let (tightened, problems) = tighten(text, &STRICT);
        assert_eq!(problems.len(), 8, "{problems:#?}");
        assert!(problems.iter().all(|problem| problem.starts_with("KW0757 ")));
        assert!(tightened.require_signature && tightened.probe, "and the policy stays as it is");
        assert_eq!((tightened.generations, tightened.file_size, tightened.files), (2, 1 << 20, 4));
        assert_eq!(
            problems[2],
            "KW0757 `host.native.checksums` is `\"if-present\"`, and the host's policy says `\"required\"`, which is stricter\n  help: \
             remove `checksums`: the configuration can make the rules for native plugins stricter, and no laxer"
        );
    }

    #[test]
    fn who_has_set_a_limit_is_named() {
        let limits = |text, is_of_program| {
            let Limits { files, file_size } = read(text).0.limits_set_by(is_of_program);
            (files, file_size)
        };
        assert_eq!(
            limits("files = 3", false),
            ("`files` in `[host.native]` of the configuration", "`file-size` in `[native]` of the host's policy")
        );
        assert_eq!(
            limits("file-size = '1MiB'", true),
            ("`files` in the program's `native_policy`", "`file-size` in `[host.native]` of the configuration")
        );
    }

    #[test]
    fn what_is_no_setting_is_told() {
        let (_, problems) = read("probes = true\nunload = 'no'\nfiles = 0\nfile-size = 3");
        assert_eq!(
            problems,
            [
                "KW0612 `host.native.file-size` in the configuration must be a size above zero such as `\"64MiB\"`, not integer `3`\n  \
                 help: write a size above zero such as `\"64MiB\"`",
                "KW0612 `host.native.files` in the configuration must be a whole number above zero, not integer `0`\n  help: write a whole \
                 number above zero",
                "KW0612 the configuration has the unknown key `host.native.probes`\n  help: a similar name exists: `probe`",
                "KW0612 `host.native.unload` in the configuration must be `\"never\"` or `\"try\"`, not string `\"no\"`\n  help: write \
                 `\"never\"` or `\"try\"`",
            ]
        );
    }
}
