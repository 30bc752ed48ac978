//! RGB bytes as a PNG.

use image::{ImageFormat, RgbImage};
use std::io::Cursor;

/// The PNG of `width_px * height_px * 3` bytes, row-major, RGB interleaved.
///
/// # Errors
/// When there is another number of bytes, or too many for a PNG.
pub(super) fn bytes(width_px: usize, height_px: usize, rgb: Vec<u8>) -> Result<Vec<u8>, String> {
    let side =
        |px: usize| u32::try_from(px).map_err(|_too_large| "the picture is too large".to_owned());
    let picture = RgbImage::from_raw(side(width_px)?, side(height_px)?, rgb);
    let picture = picture.ok_or("the picture does not have three bytes a pixel")?;
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, ImageFormat::Png).map_err(|why| why.to_string())?;
    Ok(bytes.into_inner())
}
