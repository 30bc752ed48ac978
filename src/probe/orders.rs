//! More rows for a head from the same encodings: sequences walked in several orders of their views.

use super::exam::{Lessons, Window};
use super::rows::Rows;
use crate::world::rng::{below, stream};
use crate::world::{Sequence, World};

/// Every sequence in `n_orders` orders of its views, one after the other and the first as drawn, with
/// the actions that lead along each, and the encodings `z` likewise. Views themselves are left out.
///
/// For worlds that draw a sequence's states independently, so that every order of them is as likely:
/// poses, not fixations.
pub fn in_orders(
    world: &dyn World,
    lessons: &Lessons,
    z: &Rows,
    n_orders: usize,
    seed: u64,
) -> (Lessons, Rows) {
    let n_views = lessons.n_views();
    let (mut sequences, mut rows) = (Vec::new(), Rows::new(z.dim));
    for (index, sequence) in lessons.sequences.iter().enumerate() {
        let mut rng = stream(seed, "orders", index as u64);
        let mut order: Vec<usize> = (0..n_views).collect();
        for _ in 0..n_orders {
            sequences.push(reordered(world, sequence, &order));
            for &first in &order {
                rows.push(&[z.row(lessons.row(Window { sequence: index, first }))]);
            }
            (1..n_views).for_each(|last| order.swap(last, below(&mut rng, last + 1)));
        }
    }
    (Lessons { sequences }, rows)
}

fn reordered(world: &dyn World, sequence: &Sequence, order: &[usize]) -> Sequence {
    let states: Vec<Vec<f32>> = order.iter().map(|&view| sequence.states[view].clone()).collect();
    let actions = states.windows(2).map(|pair| world.action_between(&pair[0], &pair[1])).collect();
    Sequence { views: Vec::new(), actions, states, ..*sequence }
}

#[cfg(all(test, feature = "cpu"))]
mod tests {
    use super::*;
    use crate::probe::exam::EvalSettings;
    use crate::world::{RotationConfig, RotationWorld, Split, WorldConfig};

    #[test]
    fn every_order_leads_along_the_same_views() {
        let config =
            RotationConfig { n_train_per_class: 1, n_val_per_class: 1, ..Default::default() };
        let world = RotationWorld::procedural(config).expect("valid settings");
        let drawn = Lessons::draw(&world, Split::Train, 0..3, &EvalSettings::online(2));
        let n = drawn.n_views();
        // Each encoding names its view.
        let z = Rows { dim: 1, values: (0..3 * n).map(|row| row as f32).collect() };
        let (lessons, rows) = in_orders(&world, &drawn, &z, 4, 7);
        assert_eq!((lessons.sequences.len(), rows.n_rows()), (12, 12 * n));
        let mut orders = std::collections::BTreeSet::new();
        for (index, sequence) in lessons.sequences.iter().enumerate() {
            let source = &drawn.sequences[index / 4];
            let named: Vec<usize> = (0..n).map(|i| rows.row(index * n + i)[0] as usize).collect();
            let order: Vec<usize> = named.iter().map(|row| row - index / 4 * n).collect();
            for (state, &view) in sequence.states.iter().zip(&order) {
                assert_eq!(state, &source.states[view], "a view and its pose stay together");
            }
            for (i, action) in sequence.actions.iter().enumerate() {
                let states = [&sequence.states[i], &sequence.states[i + 1]];
                assert_eq!(action, &world.action_between(states[0], states[1]));
            }
            assert_eq!((sequence.label, sequence.thing), (source.label, source.thing));
            if index % 4 == 0 {
                assert_eq!(
                    (&sequence.actions, &sequence.states),
                    (&source.actions, &source.states)
                );
            }
            let mut sorted = order.clone();
            sorted.sort_unstable();
            assert_eq!(sorted, (0..n).collect::<Vec<_>>(), "each view once");
            orders.insert(order);
        }
        assert!(orders.len() > 9, "twelve orders of which three are as drawn: {orders:?}");
        assert_eq!(in_orders(&world, &drawn, &z, 4, 7).1, rows, "the same seed, the same orders");
    }

    #[test]
    fn one_order_of_fixations_is_as_drawn() {
        let world = WorldConfig::saccade().build().expect("defaults are valid");
        let settings = EvalSettings::online(3);
        let drawn = Lessons::draw(world.as_ref(), Split::Train, 0..3, &settings);
        let z = Rows { dim: 1, values: vec![0.0; 3 * drawn.n_views()] };
        let (lessons, rows) = in_orders(world.as_ref(), &drawn, &z, 1, 7);
        assert_eq!(rows, z);
        for (walked, drawn) in lessons.sequences.iter().zip(&drawn.sequences) {
            assert_eq!((&walked.actions, &walked.states), (&drawn.actions, &drawn.states));
        }
    }
}
