//! The last autosave in the origin's private files, so that a visitor can come back to a run.
//!
//! Two files: the state, and a line that tells its step. The line is written last, so that a half
//! written state is never offered.

use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    FileSystemDirectoryHandle, FileSystemFileHandle, FileSystemGetFileOptions,
    FileSystemWritableFileStream,
};

const STATE_FILE: &str = "autosave.safetensors";
const STEP_FILE: &str = "autosave.step";
const RUNS_FILE: &str = "runs";

/// Keeps a run's state.
///
/// # Errors
/// When the browser has no private files or no room.
pub async fn keep(step: u64, state: &[u8]) -> Result<(), JsValue> {
    let folder = folder().await?;
    write(&folder, STEP_FILE, b"").await?;
    write(&folder, STATE_FILE, state).await?;
    write(&folder, STEP_FILE, step.to_string().as_bytes()).await
}

/// The step and state kept last, if there are any.
pub async fn kept() -> Option<(u64, Vec<u8>)> {
    let folder = folder().await.ok()?;
    let step = read(&folder, STEP_FILE).await.ok()?;
    let step = core::str::from_utf8(&step).ok()?.parse().ok()?;
    let state = read(&folder, STATE_FILE).await.ok()?;
    Some((step, state))
}

/// Keeps earlier runs.
///
/// # Errors
/// As [`keep`].
pub async fn keep_runs(bytes: &[u8]) -> Result<(), JsValue> {
    write(&folder().await?, RUNS_FILE, bytes).await
}

/// The runs kept last.
pub async fn kept_runs() -> Option<Vec<u8>> {
    read(&folder().await.ok()?, RUNS_FILE).await.ok()
}

/// Forgets the run.
///
/// # Errors
/// When the browser has no private files.
pub async fn forget() -> Result<(), JsValue> {
    write(&folder().await?, STEP_FILE, b"").await
}

async fn folder() -> Result<FileSystemDirectoryHandle, JsValue> {
    let window = web_sys::window().ok_or(JsValue::NULL)?;
    let navigator = window.navigator();
    // Outside a secure context there is no storage manager at all.
    let storage = js_sys::Reflect::get(&navigator, &"storage".into())?;
    let storage: web_sys::StorageManager = storage.dyn_into()?;
    JsFuture::from(storage.get_directory()).await?.dyn_into()
}

async fn handle(
    folder: &FileSystemDirectoryHandle,
    name: &str,
) -> Result<FileSystemFileHandle, JsValue> {
    let options = FileSystemGetFileOptions::new();
    options.set_create(true);
    JsFuture::from(folder.get_file_handle_with_options(name, &options)).await?.dyn_into()
}

async fn write(
    folder: &FileSystemDirectoryHandle,
    name: &str,
    bytes: &[u8],
) -> Result<(), JsValue> {
    let file = handle(folder, name).await?;
    let stream: FileSystemWritableFileStream =
        JsFuture::from(file.create_writable()).await?.dyn_into()?;
    let array = js_sys::Uint8Array::from(bytes);
    JsFuture::from(stream.write_with_js_u8_array(&array)?).await?;
    JsFuture::from(stream.close()).await?;
    Ok(())
}

async fn read(folder: &FileSystemDirectoryHandle, name: &str) -> Result<Vec<u8>, JsValue> {
    let file = handle(folder, name).await?;
    let file: web_sys::File = JsFuture::from(file.get_file()).await?.dyn_into()?;
    let buffer = JsFuture::from(file.array_buffer()).await?;
    Ok(js_sys::Uint8Array::new(&buffer).to_vec())
}
