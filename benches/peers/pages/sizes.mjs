// The network that every page trains, as sizes: that of `benches/cases.rs`.

/** Sequences a step, observed views, side of a view in pixels. */
const CASES = { a: [8, 3, 32], b: [32, 3, 32], c: [16, 4, 64] };

export function sizes(name) {
  const [sequences, observed, side] = CASES[name];
  return { sequences, observed, side };
}

export const STEM = 16;
/** Channels and stride of each residual block. */
export const BLOCKS = [[16, 1], [32, 2], [64, 2], [128, 2]];
export const LATENT = 128;
export const ACTION = 4;
export const EMBED = 32;
export const WIDTH = LATENT + EMBED;
export const LAYERS = 3;
export const HEADS = 4;
export const FEED = 640;
export const HIDDEN = 256;

export const LEARNING_RATE = 1e-3;
export const WEIGHT_DECAY = 1e-3;
export const TAU = 0.996;
export const EPSILON = 1e-5;
/** Share of a batch's statistics in the running ones. */
export const MOMENTUM = 0.1;
