//! How much later than its time a job starts.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use crate::job::Jitter;

/// What tells this machine from others.
pub(super) fn machine() -> String {
    let named = std::fs::read_to_string("/proc/sys/kernel/hostname").ok();
    let named = named.or_else(|| ["COMPUTERNAME", "HOSTNAME"].iter().find_map(|name| std::env::var(name).ok()));
    named.unwrap_or_default().trim().to_owned()
}

/// The part of a jitter that one run of a job takes.
pub(super) fn delay(jitter: Jitter, machine: &str, plugin: &str, job: &str) -> Duration {
    match jitter {
        Jitter::None => Duration::ZERO,
        Jitter::Fixed(most) => part(most, fingerprint(&[machine, plugin, job])),
        // Each of these states has keys of its own.
        Jitter::Random(most) => part(most, RandomState::new().hash_one(job)),
    }
}

/// `most` times `fraction`, which stands for a number from 0 to 1, in milliseconds.
fn part(most: Duration, fraction: u64) -> Duration {
    let millis = u64::try_from(most.as_millis()).unwrap_or(u64::MAX);
    let part = (u128::from(millis) * u128::from(fraction)) >> 64;
    Duration::from_millis(u64::try_from(part).unwrap_or(millis))
}

/// FNV-1a with a last mixing, because it must be the same in every version of the program.
fn fingerprint(parts: &[&str]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for part in parts {
        for byte in part.bytes().chain([0]) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    // The high bits of FNV are those that `part` needs, and the ones that it mixes least.
    hash = (hash ^ (hash >> 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    hash ^ (hash >> 29)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fixed_delay_belongs_to_machine_plugin_and_job() {
        let most = Duration::from_secs(600);
        let of = |machine: &str, plugin: &str, job: &str| delay(Jitter::Fixed(most), machine, plugin, job);
        assert_eq!(of("web-1", "site.a", "x"), of("web-1", "site.a", "x"));
        let all =
            [of("web-1", "site.a", "x"), of("web-2", "site.a", "x"), of("web-1", "site.b", "x"), of("web-1", "site.a", "y")];
        assert!(all.iter().all(|delay| *delay < most));
        assert!(all.iter().enumerate().all(|(index, delay)| !all[..index].contains(delay)), "{all:?}");
    }

    #[test]
    fn a_hundred_machines_are_spread_out() {
        let most = Duration::from_secs(100);
        let delays = (0..100).map(|number| delay(Jitter::Fixed(most), &format!("web-{number}"), "site.a", "x").as_secs() / 10);
        let mut tenths = [0; 10];
        delays.for_each(|tenth| tenths[usize::try_from(tenth).unwrap()] += 1);
        assert!(tenths.iter().all(|count| (1..=25).contains(count)), "{tenths:?}");
    }

    #[test]
    fn a_random_delay_stays_below_its_bound_and_changes() {
        let most = Duration::from_hours(1);
        let delays: Vec<_> = (0..20).map(|_| delay(Jitter::Random(most), "m", "p", "j")).collect();
        assert!(delays.iter().all(|delay| *delay < most));
        assert!(delays.iter().any(|delay| *delay != delays[0]));
        assert_eq!(delay(Jitter::None, "m", "p", "j"), Duration::ZERO);
    }
}
