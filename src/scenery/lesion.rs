//! Lesions: what is kept from a model that was trained with all of it. Pure.
//!
//! A lesion changes what the model is shown or told now, not its weights. A model that was *trained*
//! without actions is another model.

use super::Scenery;

/// Grey of a blanked view: the middle of a byte.
const GREY: u8 = 128;

/// What is kept from the model.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lesion {
    /// Nothing.
    #[default]
    None,
    /// The upcoming action: it is told that nothing moves.
    NextAction,
    /// The past actions: it is told that nothing moved.
    PastActions,
    /// Which past action belongs to which view: each view gets the next one's.
    ShuffledActions,
    /// The views: all are grey.
    Views,
    /// The order of the views: the first comes last.
    ViewOrder,
}

impl Lesion {
    /// All, in the order of the page.
    pub const ALL: [Self; 6] = [
        Self::None,
        Self::NextAction,
        Self::PastActions,
        Self::ShuffledActions,
        Self::Views,
        Self::ViewOrder,
    ];

    /// Its word in an address.
    pub fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::NextAction => "next",
            Self::PastActions => "past",
            Self::ShuffledActions => "shuffled",
            Self::Views => "views",
            Self::ViewOrder => "order",
        }
    }

    /// The lesion of a word.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|lesion| lesion.word() == word)
    }

    /// The action that the predictor hears for a look from one state to another.
    pub fn next(self, scenery: &Scenery, from: &[f32], to: &[f32]) -> Vec<f32> {
        scenery.action(from, if self == Self::NextAction { from } else { to })
    }

    /// The M − 1 actions that the aggregator hears between M states.
    pub fn past(self, scenery: &Scenery, states: &[&[f32]]) -> Vec<Vec<f32>> {
        let pairs = states.iter().zip(states.iter().skip(1));
        let mut actions: Vec<Vec<f32>> = match self {
            Self::PastActions => pairs.map(|(from, _)| scenery.action(from, from)).collect(),
            _ => pairs.map(|(from, to)| scenery.action(from, to)).collect(),
        };
        if self == Self::ShuffledActions && !actions.is_empty() {
            actions.rotate_left(1);
        }
        actions
    }

    /// The bytes that the encoder sees of M views, each of `bytes` bytes.
    pub fn views(self, mut rgb: Vec<u8>, bytes: usize) -> Vec<u8> {
        match self {
            Self::Views => rgb.fill(GREY),
            Self::ViewOrder if rgb.len() >= bytes => rgb.rotate_left(bytes),
            _ => {}
        }
        rgb
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenery::Mode;

    const STATES: [&[f32]; 3] = [&[0.2, 0.2], &[0.5, 0.3], &[0.4, 0.8]];

    #[test]
    fn a_lesion_keeps_back_what_it_says_and_nothing_else() {
        let scenery = Scenery::of(Mode::Saccade).expect("the page's own world");
        let whole = Lesion::None.past(&scenery, &STATES);
        let rgb: Vec<u8> = (0..9).collect();
        let next = |lesion: Lesion| lesion.next(&scenery, STATES[1], STATES[2]);
        for lesion in Lesion::ALL {
            let past = lesion.past(&scenery, &STATES);
            let same_past = !matches!(lesion, Lesion::PastActions | Lesion::ShuffledActions);
            assert_eq!(past == whole, same_past, "{lesion:?}");
            assert_eq!(next(lesion) == next(Lesion::None), lesion != Lesion::NextAction);
            let same_views = !matches!(lesion, Lesion::Views | Lesion::ViewOrder);
            assert_eq!(lesion.views(rgb.clone(), 3) == rgb, same_views, "{lesion:?}");
        }
        assert_eq!(next(Lesion::NextAction), [0.0, 0.0]);
        assert_eq!(Lesion::PastActions.past(&scenery, &STATES), [[0.0, 0.0], [0.0, 0.0]]);
        let [first, second] = &whole[..] else { panic!("two actions between three states") };
        let shuffled = Lesion::ShuffledActions.past(&scenery, &STATES);
        assert_eq!(shuffled, [second.clone(), first.clone()]);
        assert_eq!(Lesion::ViewOrder.views(rgb, 3), [3, 4, 5, 6, 7, 8, 0, 1, 2]);
    }

    #[test]
    fn words_lead_back_to_their_lesions() {
        for lesion in Lesion::ALL {
            assert_eq!(Lesion::of_word(lesion.word()), Some(lesion));
        }
        assert_eq!(Lesion::of_word("everything"), None);
    }
}
