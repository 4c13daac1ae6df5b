//! Every legal order of the steps in the life of a plugin.

use super::given_up;
use super::run::{Run, Step};
use super::{Conformance, Examined};

/// The longest orders have so many steps between the start and the stop.
const LONGEST: usize = 4;

pub(super) async fn examine(kit: &Conformance, examined: &mut Examined) {
    let orders = orders(LONGEST);
    examined.did =
        format!("{} orders of disable, enable and reload between start and stop; a start that was given up", orders.len());
    for order in orders {
        let Some(mut run) = Run::begin(kit, examined).await else { return };
        for step in order {
            if !run.take(step, examined).await {
                break;
            }
        }
        run.stop(examined).await;
    }
    given_up::examine(kit, examined).await;
}

/// All orders of up to `longest` steps, the shorter ones first: what runs is disabled or reloaded, what is off is enabled.
fn orders(longest: usize) -> Vec<Vec<Step>> {
    let mut all = vec![Vec::new()];
    let mut begins_at = 0;
    for _ in 0..longest {
        let ends_at = all.len();
        for index in begins_at..ends_at {
            let next: &[Step] =
                if all[index].last() == Some(&Step::Disable) { &[Step::Enable] } else { &[Step::Disable, Step::Reload] };
            for &step in next {
                let order = all[index].iter().copied().chain([step]).collect();
                all.push(order);
            }
        }
        begins_at = ends_at;
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every word of these letters, legal or not.
    fn words(length: usize) -> Vec<Vec<Step>> {
        (0..length).fold(vec![Vec::new()], |words, _| {
            let longer = |word: &Vec<Step>| {
                [Step::Disable, Step::Enable, Step::Reload].map(|step| word.iter().copied().chain([step]).collect::<Vec<_>>())
            };
            words.iter().flat_map(longer).collect()
        })
    }

    #[test]
    fn the_orders_are_all_legal_words_and_no_other() {
        let is_legal = |word: &Vec<Step>| {
            let mut runs = true;
            word.iter().all(|step| {
                let may = runs != (*step == Step::Enable);
                runs = *step != Step::Disable;
                may
            })
        };
        for longest in 0..=5 {
            let legal: Vec<_> = (0..=longest).flat_map(words).filter(is_legal).collect();
            let made = orders(longest);
            assert_eq!(made.len(), legal.len());
            assert!(legal.iter().all(|word| made.contains(word)));
        }
    }
}
