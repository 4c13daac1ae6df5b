//! The same plugins in every tier, and the same things done with them: each tier must answer in the same words.
//!
//! A scenario gets a way to make hosts ([`tier::Tier`]) and tells what it saw, line by line. What it tells is checked in under
//! `suite/expected/`. A further tier is one more implementation of the trait.

mod calls;
mod failures;
mod guest;
mod life;
mod log;
mod meeting;
mod neighbour;
mod tier;
mod transcript;
mod world;

pub(crate) use tier::POLICY;
use tier::TIERS;

/// Makes a test of each scenario.
macro_rules! alike {
    ($($module:ident::$scenario:ident,)*) => { $(
        #[tokio::test]
        async fn $scenario() {
            for tier in TIERS {
                let mut seen = transcript::Transcript::begin();
                $module::$scenario(tier, &mut seen).await;
                seen.check(stringify!($scenario), tier.name());
            }
        }
    )* };
}

alike! {
    calls::answers_and_errors,
    calls::deadlines_and_breakers,
    calls::limits,
    calls::memory,
    failures::panics_in_calls,
    failures::panics_in_the_life_of_a_plugin,
    failures::panics_beside_calls,
    failures::a_panic_makes_it_anew,
    life::reload_with_state,
    life::start_and_stop,
    life::settings_with_mistakes,
    life::disabled_and_enabled,
    meeting::events,
    meeting::hooks,
    meeting::jobs,
    meeting::services,
    world::files_variables_and_secrets,
    world::keys_and_tables,
    world::requests,
    world::tasks_timers_and_logs,
}
