//! What a checkpoint says of itself, beside what the open model says.

use super::look::Look;
use super::{Refusal, convert, run};
use crate::protocol::PeekReport;
use crate::train::checkpoint;
use serde_json::Value;

/// Most differences that are told.
const N_DIFFERENCES: usize = 24;

/// Reads a file's header; no tensor is read.
///
/// # Errors
/// When it is no checkpoint.
pub fn peek(bytes: &[u8], look: Option<&Look>) -> Result<PeekReport, Refusal> {
    let header = checkpoint::peek(bytes)?;
    let lines = checkpoint::tensors(bytes)?;
    let has = |start: &str| lines.iter().any(|line| line.name.starts_with(start));
    let config = &header.config;
    let mut differs = Vec::new();
    if let Some(look) = look {
        let json = |config| serde_json::to_value(config).unwrap_or_default();
        collect("", &json(config), &json(look.config()), &mut differs);
    }
    Ok(PeekReport {
        world: config.world.word().to_owned(),
        preset: config.preset.clone(),
        step: header.step,
        seed: config.seed,
        n_bytes: bytes.len(),
        resumable: has("optim."),
        has_path: has("probe.path."),
        probe: run::measured(&header).map(|(step, report)| convert::probe(step, &report)),
        differs,
    })
}

/// Settings that two configurations have otherwise, by their names with dots between.
fn collect(name: &str, there: &Value, here: &Value, differs: &mut Vec<[String; 3]>) {
    match (there, here) {
        _ if there == here || differs.len() >= N_DIFFERENCES => {}
        (Value::Object(a), Value::Object(b)) => {
            let mut keys: Vec<&String> = a.keys().chain(b.keys()).collect();
            keys.sort();
            keys.dedup();
            for key in keys {
                let dot = if name.is_empty() { "" } else { "." };
                let missing = Value::Null;
                let [there, here] = [a, b].map(|all| all.get(key).unwrap_or(&missing));
                collect(&format!("{name}{dot}{key}"), there, here, differs);
            }
        }
        _ => {
            let told = |value: &Value| match value {
                Value::Null => "–".to_owned(),
                Value::String(word) => word.clone(),
                Value::Array(_) | Value::Object(_) => "…".to_owned(),
                other => other.to_string(),
            };
            differs.push([name.to_owned(), told(there), told(here)]);
        }
    }
}
