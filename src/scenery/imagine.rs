//! What a latent would look like, through a decoder that was fitted afterwards: whose error is whose.
//! Pure.

use super::reveal::Reveal;
use crate::readout::Decoder;
use crate::world::View;

/// A look through a decoder.
#[derive(Clone, Debug, PartialEq)]
pub struct Imagined {
    /// Decoded from the latent of what was there.
    pub of_truth: View,
    /// Decoded from the prediction.
    pub of_guess: View,
    /// Decoded from the last view's latent: the null of the prediction.
    pub of_last: View,
    /// From what was there to what is decoded from its latent, root mean square of pixels from 0 to 1:
    /// the decoder's own error.
    pub decoder_error: f32,
    /// From there to what is decoded from the prediction: the model's.
    pub model_error: f32,
    /// From there to what is decoded from the last view.
    pub copy_last_error: f32,
}

impl Imagined {
    /// Of the last look.
    pub fn of(decoder: &Decoder, look: &Reveal) -> Self {
        let draw = |latent: &[f32]| drawn(decoder, latent);
        let (of_truth, of_guess, of_last) =
            (draw(&look.z_truth), draw(&look.z_hat), draw(&look.z_last));
        Self {
            decoder_error: apart(&look.truth_view.shrunk(decoder.side_px), &of_truth),
            model_error: apart(&of_truth, &of_guess),
            copy_last_error: apart(&of_truth, &of_last),
            of_truth,
            of_guess,
            of_last,
        }
    }
}

/// A latent as a picture.
pub fn drawn(decoder: &Decoder, latent: &[f32]) -> View {
    View { side_px: decoder.side_px, rgb: decoder.decode(latent) }
}

fn apart(a: &View, b: &View) -> f32 {
    let square = |(a, b): (&u8, &u8)| (f32::from(*a) - f32::from(*b)).powi(2);
    let sum: f32 = a.rgb.iter().zip(&b.rgb).map(square).sum();
    (sum / a.rgb.len().max(1) as f32).sqrt() / 255.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_as_far_apart_as_their_pixels() {
        let gray = |value: u8| View { side_px: 2, rgb: vec![value; 12] };
        assert_eq!(apart(&gray(10), &gray(10)), 0.0);
        assert!((apart(&gray(0), &gray(51)) - 0.2).abs() < 1e-6);
    }
}
