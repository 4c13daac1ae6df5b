//! The schedule beside a model that knows only what happened and when, on a clock of ticks.

use std::time::Duration;

use proptest::prelude::{Just, Strategy, prop_oneof};
use proptest::{collection, prop_assert, prop_assert_eq, proptest};

use super::schedule::{Answer, Outcome, Schedule, Sight};
use super::terms::WatchTerms;

/// Ticks.
const WINDOW: u64 = 3;
const COOL_DOWN: u64 = 20;
const SLOW: u64 = 8;

const PLACE: &str = "site.clock";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Act {
    Write(u8),
    /// The system tells something, and the content is the same.
    Touch,
    Remove,
    /// The content changes, and the system tells nothing.
    Unseen(u8),
    /// All places are looked through.
    Sweep,
    /// Somebody else reloads the plugin.
    Resume,
}

/// What answers a change: after how many ticks, and how.
#[derive(Debug, Clone, Copy)]
struct Reply {
    after: u64,
    answer: Kind,
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    Tried,
    Nothing,
    Unsteady,
}

type Lines = Vec<(u64, Outcome<u8>)>;

fn terms() -> WatchTerms {
    WatchTerms {
        debounce: Duration::from_millis(WINDOW),
        cool_down: Duration::from_millis(COOL_DOWN),
        slow: Duration::from_millis(SLOW),
        ..WatchTerms::default()
    }
}

/// Plays a story; `acts` are pauses before an act, and the act.
fn play(acts: &[(u64, Act)], replies: &[Reply]) -> (Lines, Vec<Option<u8>>) {
    let mut schedule = Schedule::new(terms());
    let (mut content, mut contents, mut told) = (None, Vec::new(), Vec::new());
    let (mut acts, mut replies) = (at_ticks(acts), replies.iter().cycle());
    let mut awaited: Option<(u64, Answer)> = None;
    let end = acts.last().map_or(0, |(tick, _)| *tick) + 40 * COOL_DOWN;
    for tick in 0..end {
        let now = Duration::from_millis(tick);
        while acts.first().is_some_and(|(at, _)| *at == tick) {
            match acts.remove(0).1 {
                Act::Write(byte) => {
                    content = Some(byte);
                    schedule.stirred(PLACE, now);
                }
                Act::Touch => schedule.stirred(PLACE, now),
                Act::Remove => {
                    content = None;
                    schedule.stirred(PLACE, now);
                }
                Act::Unseen(byte) => content = Some(byte),
                Act::Sweep => schedule.doubted(PLACE, now),
                Act::Resume => schedule.resumed(PLACE, now),
            }
        }
        if let Some((_, answer)) = awaited.take_if(|(at, _)| *at == tick) {
            match schedule.answered(&PLACE, answer, now) {
                Outcome::Nothing => {}
                outcome => told.push((tick, outcome)),
            }
        }
        while schedule.due(now).is_some() {
            let sight = content.map_or(Sight::Absent, Sight::Seen);
            match schedule.looked(&PLACE, sight, now) {
                Outcome::Nothing => {}
                Outcome::Changed { seen, .. } => {
                    let Some(reply) = replies.next() else { break };
                    let after = reply.after.max(1);
                    let answer = match reply.answer {
                        Kind::Tried => Answer::Tried { took: Duration::from_millis(after) },
                        Kind::Nothing => Answer::Nothing,
                        Kind::Unsteady => Answer::Unsteady,
                    };
                    assert!(awaited.is_none(), "two changes of one place at the same time");
                    awaited = Some((tick + after, answer));
                    told.push((tick, Outcome::Changed { seen, is_first: false }));
                }
                outcome => told.push((tick, outcome)),
            }
        }
        contents.push(content);
    }
    (told, contents)
}

fn at_ticks(acts: &[(u64, Act)]) -> Vec<(u64, Act)> {
    let mut tick = 0;
    let at = |(pause, act): &(u64, Act)| {
        tick += pause;
        (tick, *act)
    };
    acts.iter().map(at).collect()
}

/// What must be told of a story in which the system tells every change: something is done at the first tick at which nothing has happened
/// for two windows, the cool-down is over, and the content is another than what was last taken.
fn model(acts: &[(u64, Act)], replies: &[Reply]) -> Lines {
    let (acts, mut replies) = (at_ticks(acts), replies.iter().cycle());
    let (mut content, mut taken, mut told) = (None, None, Vec::new());
    // Since when something waits to be looked at; until when nothing may be done; and what is being tried, until when.
    let (mut since, mut rested) = (None, 0);
    let mut trying: Option<(u64, u64, Kind, u8, bool)> = None;
    let (mut slow, mut is_paused) = (0, false);
    let end = acts.last().map_or(0, |(tick, _)| *tick) + 40 * COOL_DOWN;
    for tick in 0..end {
        for (_, act) in acts.iter().filter(|(at, _)| *at == tick) {
            match act {
                Act::Write(byte) => content = Some(*byte),
                Act::Remove => content = None,
                Act::Resume => (is_paused, slow) = (false, 0),
                Act::Touch | Act::Sweep | Act::Unseen(_) => {}
            }
            let is_told = matches!(act, Act::Write(_) | Act::Remove | Act::Touch);
            match &mut trying {
                Some((.., is_stirred)) => *is_stirred |= is_told,
                None if is_told || since.is_none() => since = Some(tick),
                None => {}
            }
        }
        if let Some((_, took, kind, byte, is_stirred)) = trying.take_if(|(until, ..)| *until == tick) {
            since = (is_stirred || matches!(kind, Kind::Unsteady)).then_some(tick);
            if !matches!(kind, Kind::Unsteady) {
                taken = Some(byte);
            }
            if matches!(kind, Kind::Tried) {
                rested = tick + COOL_DOWN;
                slow = if took > SLOW { slow + 1 } else { 0 };
                if slow >= 3 {
                    is_paused = true;
                    told.push((tick, Outcome::Paused));
                }
            }
        }
        let Some(at) = since else { continue };
        if content == taken && tick >= at + WINDOW {
            since = None;
        } else if content != taken && tick >= (at + 2 * WINDOW).max(rested) {
            since = None;
            match content {
                None => {
                    taken = None;
                    told.push((tick, Outcome::Gone));
                }
                Some(_) if is_paused => {}
                Some(byte) => {
                    let Some(reply) = replies.next() else { break };
                    let after = reply.after.max(1);
                    trying = Some((tick + after, after, reply.answer, byte, false));
                    told.push((tick, Outcome::Changed { seen: byte, is_first: false }));
                }
            }
        }
    }
    told
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        6 => (0_u8..4).prop_map(Act::Write),
        2 => Just(Act::Touch),
        1 => Just(Act::Remove),
        2 => Just(Act::Sweep),
        1 => Just(Act::Resume),
    ]
}

fn acts(act: impl Strategy<Value = Act>) -> impl Strategy<Value = Vec<(u64, Act)>> {
    // Most pauses are about as long as a window; some outlast the cool-down.
    let pause = prop_oneof![6 => 0..2 * WINDOW + 2, 1 => 0..2 * COOL_DOWN];
    collection::vec((pause, act), 1..40)
}

fn replies() -> impl Strategy<Value = Vec<Reply>> {
    let answer = prop_oneof![5 => Just(Kind::Tried), 1 => Just(Kind::Nothing), 1 => Just(Kind::Unsteady)];
    // Quick ones, and those on both sides of what is slow.
    let after = prop_oneof![2 => 1..4_u64, 2 => Just(SLOW), 3 => Just(SLOW + 1)];
    let reply = (after, answer).prop_map(|(after, answer)| Reply { after, answer });
    collection::vec(reply, 1..8).prop_filter("something else than unsteady, or it never ends", |replies| {
        replies.iter().any(|reply| !matches!(reply.answer, Kind::Unsteady))
    })
}

proptest! {
    #[test]
    fn what_is_told_and_when_is_what_the_model_says(acts in acts(act()), replies in replies()) {
        prop_assert_eq!(play(&acts, &replies).0, model(&acts, &replies));
    }

    /// Changes that the system does not tell may be found late or by chance, but what is taken was there for a whole window.
    #[test]
    fn what_is_taken_was_there_for_a_window(
        acts in acts(prop_oneof![act(), (0_u8..4).prop_map(Act::Unseen)]),
        replies in replies(),
    ) {
        let (told, contents) = play(&acts, &replies);
        let at = at_ticks(&acts);
        for (tick, outcome) in told {
            let Outcome::Changed { seen, .. } = outcome else { continue };
            let index = usize::try_from(tick).expect("few ticks");
            prop_assert_eq!(contents[index], Some(seen));
            let window = usize::try_from(WINDOW).expect("few ticks");
            prop_assert!(contents[..=index - window].contains(&Some(seen)), "{} was seen once only", seen);
            let is_hint = |act: Act| matches!(act, Act::Write(_) | Act::Remove | Act::Touch);
            let disturbed = at.iter().find(|(at, act)| is_hint(*act) && *at + WINDOW > tick && *at <= tick);
            prop_assert_eq!(disturbed, None);
        }
    }
}

const QUICK: [Reply; 1] = [Reply { after: 1, answer: Kind::Tried }];

fn changes(acts: &[(u64, Act)]) -> Vec<(u64, u8)> {
    let taken = |(tick, outcome)| match outcome {
        Outcome::Changed { seen, .. } => Some((tick, seen)),
        _ => None,
    };
    play(acts, &QUICK).0.into_iter().filter_map(taken).collect()
}

#[test]
fn a_library_that_is_being_written_is_not_taken() {
    let mut acts: Vec<_> = (0..50).map(|byte| (WINDOW - 1, Act::Write(byte))).collect();
    assert_eq!(changes(&acts), [(50 * (WINDOW - 1) + 2 * WINDOW, 49)], "only what was written last");
    // The writer maps the file, so that nothing is told between its opening and its end.
    acts = vec![(1, Act::Write(1))];
    acts.extend((2..30).map(|byte| (1, Act::Unseen(byte))));
    assert_eq!(changes(&acts), [(29 + 2 * WINDOW - (29 - 1) % WINDOW, 29)], "each look shows another file");
}

#[test]
fn the_same_bytes_are_no_change() {
    let acts = [(0, Act::Write(1)), (60, Act::Touch), (9, Act::Write(1)), (9, Act::Sweep), (9, Act::Remove), (1, Act::Write(1))];
    assert_eq!(changes(&acts), [(2 * WINDOW, 1)]);
}

#[test]
fn a_change_in_the_cool_down_is_taken_after_it_as_it_is_by_then() {
    let acts = [(0, Act::Write(1)), (8, Act::Write(2)), (8, Act::Write(3))];
    let first = 2 * WINDOW;
    assert_eq!(changes(&acts), [(first, 1), (first + 1 + COOL_DOWN, 3)]);
}

#[test]
fn a_pause_ends_with_a_reload_by_hand() {
    let slow = [Reply { after: SLOW + 1, answer: Kind::Tried }];
    let acts: Vec<_> = (0..6).map(|byte| (3 * COOL_DOWN, Act::Write(byte))).collect();
    let told = |acts: &[_]| -> Vec<_> { play(acts, &slow).0.into_iter().map(|(_, outcome)| outcome).collect() };
    let change = |seen| Outcome::Changed { seen, is_first: false };
    assert_eq!(told(&acts), [change(0), change(1), change(2), Outcome::Paused]);
    let resumed = [acts, vec![(0, Act::Resume)]].concat();
    assert_eq!(told(&resumed), [change(0), change(1), change(2), Outcome::Paused, change(5)]);
}

#[test]
fn what_one_pass_does_not_read_is_first_in_the_next() {
    let mut schedule: Schedule<u8, u8> = Schedule::new(terms());
    let at = Duration::from_millis;
    (0..4).for_each(|place| schedule.stirred(place, at(0)));
    let mut order = Vec::new();
    for tick in 1..100 {
        let mut left = 2;
        while let Some(place) = schedule.due(at(tick)) {
            let sight = if left == 0 { Sight::Later } else { Sight::Seen(1) };
            left = left.max(1) - 1;
            let is_last = sight == Sight::Later;
            if let Outcome::Changed { is_first, .. } = schedule.looked(&place, sight, at(tick)) {
                assert!(is_first, "all were there when the watching began");
                order.push(place);
            }
            if is_last {
                break;
            }
        }
    }
    order.sort_unstable();
    assert_eq!(order, [0, 1, 2, 3]);
}

#[test]
fn too_much_is_told_once_until_it_is_less() {
    let mut schedule: Schedule<u8, u8> = Schedule::new(terms());
    let at = Duration::from_millis;
    let mut look = |tick, sight| {
        schedule.stirred(0, at(tick));
        schedule.looked(&0, sight, at(tick + WINDOW))
    };
    assert_eq!(look(0, Sight::TooMuch), Outcome::TooMuch);
    assert_eq!(look(10, Sight::TooMuch), Outcome::Nothing);
    assert_eq!(look(20, Sight::Seen(1)), Outcome::Nothing);
    assert_eq!(look(30, Sight::TooMuch), Outcome::TooMuch);
}
