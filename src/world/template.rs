//! Twelve kinds of things, each put together from balls, blocks and drums by hand.
//!
//! x to the right, y up, z towards the viewer; none is symmetric in every way, so that every pose
//! looks different.

use super::solid::Part;

/// Name and parts of a class.
pub type Template = (&'static str, &'static [Part]);

const RED: [f32; 3] = [0.0, 0.75, 0.80];
const ORANGE: [f32; 3] = [0.08, 0.75, 0.92];
const YELLOW: [f32; 3] = [0.14, 0.70, 0.95];
const GREEN: [f32; 3] = [0.36, 0.55, 0.62];
const BLUE: [f32; 3] = [0.60, 0.62, 0.80];
const PINK: [f32; 3] = [0.93, 0.40, 0.92];
const WOOD: [f32; 3] = [0.07, 0.60, 0.58];
const DARK: [f32; 3] = [0.62, 0.25, 0.25];
const WHITE: [f32; 3] = [0.12, 0.08, 0.96];
const SKY: [f32; 3] = [0.54, 0.35, 0.92];

/// Turns an upright drum's axis along z (wheels, lenses).
const ALONG_Z: [f32; 3] = [90.0, 0.0, 0.0];
/// Turns an upright drum's upper end to +x.
const ALONG_X: [f32; 3] = [0.0, 0.0, -90.0];

/// All classes, in the order of their labels.
pub const TEMPLATES: [Template; 12] = [
    ("boat", &BOAT),
    ("camera", &CAMERA),
    ("car", &CAR),
    ("chair", &CHAIR),
    ("duck", &DUCK),
    ("guitar", &GUITAR),
    ("lamp", &LAMP),
    ("mug", &MUG),
    ("plane", &PLANE),
    ("rocket", &ROCKET),
    ("teapot", &TEAPOT),
    ("train", &TRAIN),
];

const BOAT: [Part; 7] = [
    Part::block([-0.05, -0.55, 0.0], [0.62, 0.17, 0.27], RED).tapered(1.25),
    Part::block([0.60, -0.55, 0.0], [0.20, 0.17, 0.20], RED).tapered(1.3).turned([0.0, 45.0, 0.0]),
    Part::block([-0.50, -0.20, 0.0], [0.24, 0.20, 0.22], WHITE),
    Part::drum([0.10, 0.20, 0.0], [0.04, 0.78, 0.04], WOOD),
    Part::block([0.42, 0.22, 0.0], [0.32, 0.52, 0.03], YELLOW)
        .tapered(0.08)
        .turned([0.0, 0.0, 14.0]),
    Part::block([-0.16, 0.32, 0.0], [0.20, 0.42, 0.03], ORANGE)
        .tapered(0.1)
        .turned([0.0, 0.0, -12.0]),
    Part::block([-0.04, 0.90, 0.0], [0.15, 0.07, 0.02], BLUE),
];

const CAMERA: [Part; 7] = [
    Part::block([0.0, -0.05, 0.0], [0.80, 0.46, 0.26], DARK),
    Part::drum([0.12, -0.08, 0.42], [0.38, 0.26, 0.38], BLUE).turned(ALONG_Z),
    Part::ball([0.12, -0.08, 0.66], [0.28, 0.28, 0.12], SKY),
    Part::block([0.12, 0.50, 0.02], [0.26, 0.14, 0.20], DARK).tapered(0.7),
    Part::drum([-0.56, 0.48, 0.0], [0.13, 0.08, 0.13], RED),
    Part::block([-0.74, -0.05, 0.24], [0.14, 0.42, 0.14], WOOD),
    Part::ball([0.60, 0.26, 0.26], [0.13, 0.10, 0.08], YELLOW),
];

const CAR: [Part; 8] = [
    Part::block([0.0, -0.10, 0.0], [0.95, 0.20, 0.42], RED),
    Part::block([-0.20, 0.24, 0.0], [0.52, 0.20, 0.38], SKY).tapered(0.66),
    Part::drum([0.55, -0.32, 0.42], [0.22, 0.09, 0.22], DARK).turned(ALONG_Z),
    Part::drum([-0.55, -0.32, 0.42], [0.22, 0.09, 0.22], DARK).turned(ALONG_Z),
    Part::drum([0.55, -0.32, -0.42], [0.22, 0.09, 0.22], DARK).turned(ALONG_Z),
    Part::drum([-0.55, -0.32, -0.42], [0.22, 0.09, 0.22], DARK).turned(ALONG_Z),
    Part::ball([0.92, -0.02, 0.0], [0.10, 0.11, 0.36], YELLOW),
    Part::block([-0.88, 0.30, 0.0], [0.10, 0.04, 0.42], ORANGE),
];

const CHAIR: [Part; 7] = [
    Part::block([0.0, -0.05, 0.0], [0.46, 0.07, 0.44], WOOD),
    Part::block([-0.42, 0.52, 0.0], [0.06, 0.50, 0.42], ORANGE).turned([0.0, 0.0, 8.0]),
    Part::drum([0.38, -0.50, 0.36], [0.07, 0.42, 0.07], WOOD),
    Part::drum([-0.38, -0.50, 0.36], [0.07, 0.42, 0.07], WOOD),
    Part::drum([0.38, -0.50, -0.36], [0.07, 0.42, 0.07], WOOD),
    Part::drum([-0.38, -0.50, -0.36], [0.07, 0.42, 0.07], WOOD),
    Part::ball([0.06, 0.06, 0.0], [0.36, 0.09, 0.36], GREEN),
];

const DUCK: [Part; 7] = [
    Part::ball([-0.08, -0.25, 0.0], [0.68, 0.44, 0.46], YELLOW),
    Part::ball([0.46, 0.38, 0.0], [0.34, 0.33, 0.32], YELLOW),
    Part::drum([0.88, 0.32, 0.0], [0.16, 0.18, 0.20], ORANGE).tapered(0.35).turned(ALONG_X),
    Part::drum([-0.78, 0.04, 0.0], [0.24, 0.26, 0.24], YELLOW)
        .tapered(0.1)
        .turned([0.0, 0.0, 48.0]),
    Part::ball([-0.16, -0.16, 0.44], [0.40, 0.22, 0.10], ORANGE).turned([0.0, 0.0, -14.0]),
    Part::ball([-0.16, -0.16, -0.44], [0.40, 0.22, 0.10], ORANGE).turned([0.0, 0.0, -14.0]),
    Part::ball([0.62, 0.50, 0.20], [0.08, 0.09, 0.09], DARK),
];

const GUITAR: [Part; 7] = [
    Part::ball([-0.50, 0.0, 0.0], [0.44, 0.54, 0.20], ORANGE),
    Part::ball([-0.06, 0.0, 0.0], [0.32, 0.40, 0.19], ORANGE),
    Part::block([0.52, 0.0, 0.08], [0.48, 0.09, 0.07], WOOD),
    Part::block([1.06, 0.03, 0.06], [0.17, 0.16, 0.07], DARK),
    Part::drum([-0.16, 0.0, 0.17], [0.16, 0.05, 0.16], DARK).turned(ALONG_Z),
    Part::block([-0.60, 0.0, 0.19], [0.05, 0.22, 0.05], DARK),
    Part::ball([1.08, 0.22, 0.05], [0.13, 0.08, 0.08], WHITE),
];

const LAMP: [Part; 6] = [
    Part::drum([-0.20, -0.86, 0.0], [0.46, 0.09, 0.40], DARK).tapered(0.8),
    Part::drum([-0.36, -0.36, 0.0], [0.06, 0.50, 0.06], BLUE).turned([0.0, 0.0, 12.0]),
    Part::drum([-0.10, 0.36, 0.0], [0.06, 0.48, 0.06], BLUE).turned([0.0, 0.0, -48.0]),
    Part::ball([-0.45, 0.08, 0.0], [0.12, 0.12, 0.12], RED),
    Part::drum([0.42, 0.52, 0.0], [0.44, 0.28, 0.44], YELLOW)
        .tapered(0.35)
        .turned([0.0, 0.0, 22.0]),
    Part::ball([0.52, 0.24, 0.0], [0.17, 0.17, 0.17], WHITE),
];

const MUG: [Part; 7] = [
    Part::drum([-0.12, 0.0, 0.0], [0.52, 0.62, 0.52], BLUE).tapered(1.12),
    Part::drum([-0.12, 0.63, 0.0], [0.48, 0.02, 0.48], WOOD),
    Part::block([0.66, 0.30, 0.0], [0.22, 0.08, 0.10], PINK),
    Part::block([0.84, 0.0, 0.0], [0.08, 0.36, 0.10], PINK),
    Part::block([0.66, -0.30, 0.0], [0.22, 0.08, 0.10], PINK),
    Part::drum([-0.12, -0.68, 0.0], [0.72, 0.06, 0.72], WHITE).tapered(1.15),
    Part::drum([-0.38, 0.78, 0.14], [0.05, 0.36, 0.05], YELLOW).turned([12.0, 0.0, 24.0]),
];

const PLANE: [Part; 7] = [
    Part::ball([0.0, 0.0, 0.0], [0.95, 0.21, 0.21], WHITE),
    Part::block([0.12, -0.04, 0.0], [0.24, 0.04, 0.92], BLUE),
    Part::block([-0.82, 0.26, 0.0], [0.16, 0.26, 0.04], RED).tapered(0.6),
    Part::block([-0.82, 0.08, 0.0], [0.13, 0.03, 0.36], RED),
    Part::ball([0.36, 0.18, 0.0], [0.26, 0.13, 0.14], SKY),
    Part::drum([0.94, 0.0, 0.0], [0.10, 0.10, 0.10], DARK).tapered(0.3).turned(ALONG_X),
    Part::block([0.98, 0.0, 0.0], [0.03, 0.40, 0.06], YELLOW).turned([35.0, 0.0, 0.0]),
];

const ROCKET: [Part; 7] = [
    Part::drum([0.0, 0.02, 0.0], [0.31, 0.54, 0.31], WHITE).tapered(0.92),
    Part::drum([0.0, 0.78, 0.0], [0.29, 0.24, 0.29], RED).tapered(0.05),
    Part::block([0.38, -0.46, 0.0], [0.18, 0.26, 0.05], RED).tapered(0.4),
    Part::block([-0.19, -0.46, 0.33], [0.18, 0.26, 0.05], BLUE)
        .tapered(0.4)
        .turned([0.0, -120.0, 0.0]),
    Part::block([-0.19, -0.46, -0.33], [0.18, 0.26, 0.05], YELLOW)
        .tapered(0.4)
        .turned([0.0, 120.0, 0.0]),
    Part::ball([0.0, 0.26, 0.28], [0.15, 0.15, 0.07], SKY),
    Part::drum([0.0, -0.74, 0.0], [0.08, 0.24, 0.08], ORANGE).tapered(2.8),
];

const TEAPOT: [Part; 7] = [
    Part::ball([-0.05, -0.10, 0.0], [0.60, 0.50, 0.58], GREEN),
    Part::drum([-0.05, 0.38, 0.0], [0.32, 0.07, 0.32], YELLOW).tapered(0.7),
    Part::ball([-0.05, 0.54, 0.0], [0.11, 0.11, 0.11], RED),
    Part::drum([0.72, 0.08, 0.0], [0.16, 0.36, 0.16], GREEN)
        .tapered(0.45)
        .turned([0.0, 0.0, -42.0]),
    Part::drum([-0.74, 0.22, 0.0], [0.07, 0.26, 0.08], WOOD).turned([0.0, 0.0, 84.0]),
    Part::drum([-0.79, -0.06, 0.0], [0.07, 0.34, 0.08], WOOD).turned([0.0, 0.0, 32.0]),
    Part::drum([-0.05, -0.60, 0.0], [0.40, 0.06, 0.38], WOOD),
];

const TRAIN: [Part; 8] = [
    Part::drum([0.22, 0.0, 0.0], [0.30, 0.58, 0.30], GREEN).turned(ALONG_X),
    Part::block([-0.58, 0.14, 0.0], [0.30, 0.46, 0.38], RED),
    Part::block([-0.58, 0.64, 0.0], [0.38, 0.06, 0.46], DARK),
    Part::drum([0.58, 0.44, 0.0], [0.10, 0.22, 0.10], DARK).tapered(1.6),
    Part::drum([0.46, -0.42, 0.28], [0.22, 0.07, 0.22], YELLOW).turned(ALONG_Z),
    Part::drum([-0.40, -0.42, 0.28], [0.26, 0.07, 0.26], YELLOW).turned(ALONG_Z),
    Part::block([0.0, -0.38, -0.14], [0.80, 0.12, 0.24], DARK),
    Part::block([0.88, -0.40, 0.0], [0.12, 0.14, 0.34], ORANGE).tapered(0.3),
];
