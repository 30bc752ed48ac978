//! What can be wrong with the input of a world: a configuration, a picture, a mesh.

use core::fmt;

/// Bad input, told so that whoever supplied it knows what to change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WorldError {
    /// A field of a configuration is out of its range.
    Config(String),
    /// Pictures or objects do not fit what was announced about them.
    Data(String),
    /// A mesh file is malformed.
    Mesh {
        /// Line of the file, counted from 1.
        line: usize,
        /// What was expected and found there.
        what: String,
    },
}

impl fmt::Display for WorldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Config(what) => write!(f, "world configuration: {what}"),
            Self::Data(what) => write!(f, "world data: {what}"),
            Self::Mesh { line, what } => write!(f, "mesh, line {line}: {what}"),
        }
    }
}

impl core::error::Error for WorldError {}
