//! The network: tensors in, tensors out. It knows no world, no file, no page and no seed.
//!
//! Notation: B sequences, M observed views of P × P pixels and C channels (which come last), D width of z, A components of an
//! action, K width of its embedding e, E = D + K width of z_AGG.
//!
//! ```text
//! z_i   = f(x_i)                                   encoder, i = 1..M
//! e_i   = A(a_i)                                   action embedding, all M in one call
//! z_AGG = g(AGG, [z_1,e_1], …, [z_M-1,e_M-1], [z_M,0])   aggregator
//! ẑ     = h([z_AGG, e_M])                          predictor
//! L     = mean_B (1 − cos(ẑ, sg(f_EMA(x_M+1))))
//! ```
//!
//! Source: the paper's section 3 and, where it is silent, the official code (hafezgh/seq-jepa,
//! commit 73e0550). `DIFFERS:` marks each line where we depart from that code.

pub mod action_embedding;
pub mod aggregator;
pub mod attention;
pub mod config;
pub mod conv;
pub mod encoder;
pub mod init;
pub mod input;
pub mod linear;
pub mod norm;
pub mod predictor;
pub mod read;
pub mod seq_jepa;
pub mod target;
pub mod weights;

pub use config::{Conditioning, NormKind, SeqJepaConfig, Stem};
pub use norm::Mode;
pub use seq_jepa::{Forward, SeqJepa};
pub use target::TargetEncoder;
