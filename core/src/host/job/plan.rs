//! When one job runs next: the arithmetic of its schedule, without a clock and without tasks.

use std::collections::VecDeque;
use std::time::{Duration, SystemTime};

use crate::job::Schedule;

/// A run that is later than this was missed, not delayed.
pub(super) const GRACE: Duration = Duration::from_mins(1);

/// A clock that is set back by no more than this is waited for, so that nothing runs twice. Further back, it is a correction, and the
/// schedule is laid out anew. Vixie cron has the same limit.
const WAITED_FOR: Duration = Duration::from_hours(3);

/// How many missed moments of a cron expression are counted one by one: those of five weeks for a job of every minute.
const MOST_COUNTED: u64 = 50_000;

/// Where one job stands in its schedule. The moments are the schedule's own, before jitter.
#[derive(Debug)]
pub(super) struct Plan {
    schedule: Schedule,
    next: Option<SystemTime>,
    /// The latest time that the clock has shown.
    seen: SystemTime,
}

/// What is due.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Due {
    /// How many moments have passed.
    pub(super) count: u64,
    /// The newest of them, the oldest first.
    pub(super) newest: VecDeque<SystemTime>,
    /// Whether the last of them was a moment ago.
    pub(super) is_on_time: bool,
}

impl Plan {
    /// Lays out a schedule from `now` on, or from the moment that was last due, as far as that is not in the future.
    pub(super) fn new(schedule: Schedule, last: Option<SystemTime>, now: SystemTime) -> Self {
        let from = last.filter(|last| *last <= now).unwrap_or(now);
        let next = schedule.next_after(from);
        Self { schedule, next, seen: now }
    }

    /// The next moment.
    pub(super) const fn next(&self) -> Option<SystemTime> {
        self.next
    }

    /// Takes what is due at `now` when every run is `delay` late on purpose; the newest `keep` moments are named. `None` when nothing is.
    pub(super) fn take(&mut self, now: SystemTime, delay: Duration, keep: usize) -> Option<Due> {
        self.mind_the_clock(now);
        let now = now.checked_sub(delay)?;
        let first = self.next.filter(|next| *next <= now)?;
        let mut due = Due { count: 0, newest: VecDeque::new(), is_on_time: false };
        let mut moment = Some(first);
        if let Some(period) = self.schedule.period() {
            // Those that need not be named are skipped in one step.
            let passed = count_of(since(first, now), period);
            let skipped = passed.saturating_sub(as_count(keep.max(1)) - 1);
            due.count = skipped;
            moment = after(first, period, skipped);
        }
        let mut last = first;
        while let Some(at) = moment.filter(|at| *at <= now) {
            if due.count == MOST_COUNTED && self.schedule.period().is_none() {
                // What is further away than this is not counted, and the newest moment is what there is to name.
                break;
            }
            due.count += 1;
            if keep > 0 {
                due.newest.push_back(at);
            }
            if due.newest.len() > keep {
                due.newest.pop_front();
            }
            last = at;
            moment = self.schedule.next_after(at);
        }
        due.is_on_time = since(last, now) < GRACE;
        self.next = moment.filter(|at| *at > now).or_else(|| self.schedule.next_after(now));
        Some(due)
    }

    /// Notices a clock that was set back.
    fn mind_the_clock(&mut self, now: SystemTime) {
        let back = since(now, self.seen);
        // A period has no time of day that could come twice, and must not stand still.
        let is_correction = if self.schedule.period().is_some() { !back.is_zero() } else { back > WAITED_FOR };
        if is_correction {
            self.next = self.schedule.next_after(now);
            self.seen = now;
        }
        self.seen = self.seen.max(now);
    }
}

/// The time from one moment to a later one; zero when it is not later.
fn since(from: SystemTime, to: SystemTime) -> Duration {
    to.duration_since(from).unwrap_or_default()
}

/// How many whole periods have passed.
fn count_of(time: Duration, period: Duration) -> u64 {
    u64::try_from(time.as_nanos() / period.as_nanos().max(1)).unwrap_or(u64::MAX)
}

fn as_count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

/// The moment so many periods later.
fn after(from: SystemTime, period: Duration, count: u64) -> Option<SystemTime> {
    let nanos = period.as_nanos().checked_mul(u128::from(count))?;
    let seconds = u64::try_from(nanos / 1_000_000_000).ok()?;
    let rest = u32::try_from(nanos % 1_000_000_000).ok()?;
    from.checked_add(Duration::new(seconds, rest))
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use proptest::prelude::*;

    use super::*;
    use crate::schedule;

    fn at(minutes: f64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs_f64(minutes * 60.0)
    }

    fn taken(plan: &mut Plan, minutes: f64) -> Option<(u64, Vec<SystemTime>, bool)> {
        plan.take(at(minutes), Duration::ZERO, 3).map(|due| (due.count, due.newest.into(), due.is_on_time))
    }

    #[test]
    fn each_moment_is_due_once() {
        let mut plan = Plan::new(schedule!("*/10 * * * *"), None, at(0.0));
        assert_eq!(taken(&mut plan, 9.9), None);
        assert_eq!(taken(&mut plan, 10.1), Some((1, vec![at(10.0)], true)));
        assert_eq!(taken(&mut plan, 10.2), None);
        assert_eq!(plan.next(), Some(at(20.0)));
    }

    #[test]
    fn what_was_slept_over_is_counted_and_the_newest_are_named() {
        for schedule in [schedule!("*/10 * * * *"), schedule!("every 10m")] {
            let mut plan = Plan::new(schedule, None, at(0.0));
            assert_eq!(taken(&mut plan, 65.0), Some((6, vec![at(40.0), at(50.0), at(60.0)], false)));
            assert_eq!(taken(&mut plan, 70.5), Some((1, vec![at(70.0)], true)));
            assert_eq!(taken(&mut plan, 100.0), Some((3, vec![at(80.0), at(90.0), at(100.0)], true)));
        }
    }

    #[test]
    fn a_clock_set_back_a_little_runs_nothing_twice() {
        let mut plan = Plan::new(schedule!("0 * * * *"), None, at(0.0));
        assert_eq!(taken(&mut plan, 60.0).unwrap().0, 1);
        assert_eq!(taken(&mut plan, 30.0), None);
        assert_eq!(taken(&mut plan, 60.0), None, "the same hour again");
        assert_eq!(taken(&mut plan, 120.0).unwrap().0, 1);
    }

    #[test]
    fn a_clock_set_back_far_is_believed() {
        let mut plan = Plan::new(schedule!("0 * * * *"), None, at(0.0));
        assert_eq!(taken(&mut plan, 6_000.0).unwrap().0, 100);
        assert_eq!(taken(&mut plan, 30.0), None);
        assert_eq!(plan.next(), Some(at(60.0)));
        assert_eq!(taken(&mut plan, 60.0).unwrap().0, 1);
    }

    #[test]
    fn a_period_goes_on_whatever_the_clock_says() {
        let mut plan = Plan::new(schedule!("every 10m"), None, at(100.0));
        assert_eq!(taken(&mut plan, 105.0), None);
        assert_eq!(taken(&mut plan, 50.0), None);
        assert_eq!(taken(&mut plan, 60.0).unwrap().0, 1);
    }

    #[test]
    fn a_delay_that_changes_is_no_clock_that_was_set() {
        let mut plan = Plan::new(schedule!("every 10m"), None, at(0.0));
        assert_eq!(plan.take(at(9.0), Duration::ZERO, 1), None);
        assert_eq!(plan.take(at(10.0), Duration::from_mins(4), 1), None);
        assert_eq!(plan.take(at(14.0), Duration::from_mins(4), 1).unwrap().newest, [at(10.0)]);
        assert_eq!(plan.next(), Some(at(20.0)), "the delay does not add up");
    }

    #[test]
    fn a_last_time_in_the_future_is_not_waited_for() {
        let plan = Plan::new(schedule!("0 * * * *"), Some(at(1e6)), at(30.0));
        assert_eq!(plan.next(), Some(at(60.0)));
    }

    #[test]
    fn years_of_sleep_are_told_in_no_time() {
        for (schedule, count) in [(schedule!("* * * * *"), MOST_COUNTED), (schedule!("every 1s"), 31_536_000 * 30)] {
            let mut plan = Plan::new(schedule, None, at(0.0));
            let due = plan.take(at(525_600.0 * 30.0), Duration::ZERO, 2).unwrap();
            assert_eq!((due.count, due.newest.len()), (count, 2));
            assert!(plan.next().unwrap() > at(525_600.0 * 30.0), "and nothing of it is due again");
        }
    }

    proptest! {
        /// However often and irregularly the clock is looked at, each moment of the schedule is counted once.
        #[test]
        fn nothing_is_lost_and_nothing_is_counted_twice(steps in prop::collection::vec(1_u32..5_000, 1..60), minutes in 1_u32..60) {
            for text in [format!("*/{} * * * *", minutes.min(59)), format!("every {minutes}m")] {
                let schedule: Schedule = text.parse().unwrap();
                let mut plan = Plan::new(schedule.clone(), None, at(0.0));
                let (mut now, mut counted) = (at(0.0), 0);
                for step in &steps {
                    now += Duration::from_secs(u64::from(*step));
                    counted += plan.take(now, Duration::ZERO, 1).map_or(0, |due| due.count);
                }
                let all = std::iter::successors(schedule.next_after(at(0.0)), |moment| schedule.next_after(*moment));
                prop_assert_eq!(counted, all.take_while(|moment| *moment <= now).count() as u64);
            }
        }
    }
}
