//! The report's files: numbers for programs, tables and figures for readers.

use crate::bench::figures;
use crate::bench::markdown;
use crate::bench::measures::PROTOCOL;
use crate::bench::report::Report;
use crate::cli::say::say;
use crate::cli::{Outcome, files};
use serde_json::Value as Json;
use std::path::Path;

/// Writes `report.json`, `report.md` and a suite's figures, each whole or not at all.
///
/// # Errors
/// When a file cannot be written.
pub(super) fn write(folder: &Path, report: &Report) -> Outcome {
    let json = serde_json::to_string(report).map_err(|why| why.to_string())?;
    files::write_whole(&folder.join("report.json"), format!("{json}\n").as_bytes())?;
    for suite in &report.suites {
        for figure in figures::of_suite(suite, &report.data)? {
            files::write_whole(&folder.join(&figure.name), figure.svg.as_bytes())?;
        }
    }
    files::write_whole(&folder.join("report.md"), markdown::report(report).as_bytes())?;
    say!("{}", markdown::summary(report).trim_end());
    say!("report: {}", folder.join("report.md").display());
    Ok(())
}

/// Reads a `report.json`.
///
/// # Errors
/// When there is none, or one that was asked other questions.
pub(super) fn read(path: &Path) -> Result<Report, String> {
    let text = std::fs::read_to_string(path).map_err(|why| {
        format!("cannot read the report ({why}): {}: `seq-jepa bench` makes one", path.display())
    })?;
    let refused = |why: &str| {
        let path = path.display();
        format!(
            "not a report of this version ({why}): {path}: run the bench again, it keeps what is trained"
        )
    };
    let json: Json = serde_json::from_str(&text).map_err(|why| refused(&why.to_string()))?;
    match json["protocol"].as_u64() {
        Some(asked) if asked == u64::from(PROTOCOL) => {
            serde_json::from_value(json).map_err(|why| refused(&why.to_string()))
        }
        Some(asked) => {
            Err(refused(&format!("its questions are of protocol {asked}, not {PROTOCOL}")))
        }
        None => Err(refused("it does not tell the protocol of its questions")),
    }
}
