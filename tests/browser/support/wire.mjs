// The few messages of `src/protocol` that tests exchange with a worker, as postcard bytes: numbers
// in groups of seven bits, lowest first; text and lists behind their length; a variant's number first.

const number = (value) => {
  const bytes = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return [...bytes, rest];
    bytes.push((rest % 128) + 128);
  }
};
const text = (words) => [...number(words.length), ...Buffer.from(words)];
const NONE = [0];

export const hello = (version) => [0, ...number(version)];

/** `Command::Sample`: the sequence `index` of a default world, as training with this seed sees it. */
export const sample = (world, seed, index, nViews) => [
  4, ...number(1),
  ...text("nano"), ...text(world), ...number(seed), ...NONE, ...NONE, ...NONE, ...text("both"),
  ...number(index), ...number(nViews),
];

/** Reads `Event::Sampled`: views as bytes, actions as the bits of their numbers. */
export function sampled(bytes) {
  const view = new DataView(Uint8Array.from(bytes).buffer);
  let at = 0;
  const next = () => {
    let [value, place] = [0, 1];
    for (;;) {
      const byte = view.getUint8(at++);
      value += (byte & 127) * place;
      if (byte < 128) return value;
      place *= 128;
    }
  };
  const list = (one) => Array.from({ length: next() }, one);
  if (next() !== 4) throw new Error(`no sequence, but ${Buffer.from(bytes)}`);
  next(); // request
  const sidePx = next();
  const length = next();
  const rgb = bytes.slice(at, at + length);
  at += length;
  const actions = list(() => list(() => {
    at += 4;
    return view.getUint32(at - 4, true);
  }));
  return { sidePx, rgb, actions };
}
