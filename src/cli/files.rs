//! Files: whole or not at all.

use crate::train::checkpoint::{self, Loaded};
use burn::tensor::Device;
use std::fs;
use std::io::Write as _;
use std::path::Path;

/// The bytes of a checkpoint; a file too large to be one is not read.
///
/// # Errors
/// When it cannot be read.
pub(super) fn read_checkpoint(path: &Path) -> Result<Vec<u8>, String> {
    let failed = |why| format!("cannot read the file ({why}): {}", path.display());
    let found = fs::metadata(path).map_err(failed)?;
    let limit = checkpoint::FILE_BYTES_MAX;
    match found.len() {
        _ if found.is_dir() => Err(format!("a folder, expected a checkpoint: {}", path.display())),
        n if n > limit as u64 => {
            Err(format!("checkpoint: {n} bytes, expected at most {limit}: {}", path.display()))
        }
        _ => fs::read(path).map_err(failed),
    }
}

/// A checkpoint on a device.
///
/// # Errors
/// When it cannot be read or is none, with its path.
pub(super) fn load_checkpoint(path: &Path, device: &Device) -> Result<Loaded, String> {
    let loaded = checkpoint::load(&read_checkpoint(path)?, device);
    loaded.map_err(|why| format!("{why}: {}", path.display()))
}

/// Keeps other processes out of a folder, made if need be, for as long as the result lives.
///
/// # Errors
/// When another process has it, or it cannot be written.
pub(super) fn hold(folder: &Path) -> Result<fs::File, String> {
    let failed = |why: std::io::Error| format!("cannot write ({why}): {}", folder.display());
    fs::create_dir_all(folder).map_err(failed)?;
    let file = fs::File::create(folder.join(".lock")).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(fs::TryLockError::WouldBlock) => Err(format!(
            "another process works in this folder: wait for it, or choose another with `--out`: {}",
            folder.display()
        )),
        Err(fs::TryLockError::Error(why)) => Err(failed(why)),
    }
}

/// Writes a file beside its place and renames it: an old file stays whole until the new one is.
///
/// # Errors
/// When the folder cannot be written.
pub(super) fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), String> {
    let failed = |why: std::io::Error| format!("cannot write ({why}): {}", path.display());
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(failed)?;
    }
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".part");
    let part = path.with_file_name(name);
    let mut file = fs::File::create(&part).map_err(failed)?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(failed)?;
    fs::rename(&part, path).map_err(failed)
}

/// Appends one line to a text file.
///
/// # Errors
/// When it cannot be written.
pub(super) fn append_line(path: &Path, line: &str) -> Result<(), String> {
    let open = fs::OpenOptions::new().create(true).append(true).open(path);
    open.and_then(|mut file| writeln!(file, "{line}"))
        .map_err(|why| format!("cannot write ({why}): {}", path.display()))
}
