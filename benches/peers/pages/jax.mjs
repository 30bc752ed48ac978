// The network in jax-js, channels first as the library has it; a whole training step is one `jit`.
// Backends: webgpu, wasm. An array is used up by what it is given to, unless by way of its `.ref`.
import {
  blockUntilReady, defaultDevice, init, jit, lax, nn, numpy as np, random, tree, valueAndGrad,
} from "/packages/@jax-js/jax/dist/index.js";
import * as size from "./sizes.mjs";

const [BETA_1, BETA_2] = [0.9, 0.999];

export function open(backend, name) {
  const { sequences, observed, side } = size.sizes(name);
  let state, data, stepped, encoded;
  let step = 0;
  return {
    async start() {
      if (!(await init(backend)).includes(backend)) throw new Error(`jax-js has no ${backend} here`);
      defaultDevice(backend);
      const { theta, running } = build();
      const zeros = () => tree.map((leaf) => np.zeros(leaf.shape), theta);
      const target = tree.map((leaf) => leaf.ref.mul(1), theta.encoder);
      const parameters = tree.leaves(theta).reduce((sum, leaf) => sum + leaf.size, 0);
      state = { theta, target, running, first: zeros(), second: zeros() };
      data = {
        observed: normal([sequences * observed, 3, side, side]),
        next: normal([sequences, 3, side, side]),
        actions: normal([sequences * observed, size.ACTION]),
        upcoming: normal([sequences, size.ACTION]),
        views: normal([64, 3, side, side]),
      };
      await blockUntilReady(data);
      stepped = jit(train(sequences, observed));
      encoded = jit((encoder, running, views) => encode(encoder, running, views)[0]);
      return { library: "jax-js", parameters };
    },
    async step() {
      step += 1;
      const begun = performance.now();
      const corrections = np.array(new Float32Array([1 / (1 - BETA_1 ** step), 1 / (1 - BETA_2 ** step)]));
      const { views: _, ...batch } = data;
      const { loss, ...next } = stepped(state, corrections, tree.ref(batch));
      state = next;
      const submit_ms = performance.now() - begun;
      const [value] = await loss.data();
      await blockUntilReady(state);
      return { loss: value, submit_ms };
    },
    async encode() {
      const z = encoded(tree.ref(state.theta.encoder), tree.ref(state.running), data.views.ref);
      return (await z.data()).length;
    },
  };
}

let seed = 0;
const normal = (shape) => random.normal(random.key(seed++), shape);
const drawn = (shape, fanIn) =>
  random.uniform(random.key(seed++), shape, { minval: -((1 / fanIn) ** 0.5), maxval: (1 / fanIn) ** 0.5 });
const linearOf = (from, to) => ({ weight: drawn([from, to], from), bias: drawn([to], from) });
const normOf = (n) => ({ scale: np.ones([n]), shift: np.zeros([n]) });

/** Convolutions in order of use: role, channels in and out, side of the kernel, stride. */
const UNITS = [["plain", 3, size.STEM, 3, 1]];
size.BLOCKS.reduce((from, [to, stride]) => {
  const reshapes = stride > 1 || from !== to;
  if (reshapes) UNITS.push(["shortcut", from, to, 1, stride]);
  UNITS.push([reshapes ? "plain" : "keeping", from, to, 3, stride], ["closing", to, to, 3, 1]);
  return to;
}, size.STEM);

function build() {
  const encoder = UNITS.map(([, from, to, side]) =>
    ({ kernel: drawn([to, from, side, side], from * side * side), ...normOf(to) }));
  const running = UNITS.map(([, , to]) => ({ mean: np.zeros([to]), variance: np.ones([to]) }));
  const layer = () => ({
    projections: linearOf(size.WIDTH, 3 * size.WIDTH), out: linearOf(size.WIDTH, size.WIDTH),
    widen: linearOf(size.WIDTH, size.FEED), narrow: linearOf(size.FEED, size.WIDTH),
    first: normOf(size.WIDTH), second: normOf(size.WIDTH),
  });
  const theta = {
    encoder,
    action: linearOf(size.ACTION, size.EMBED),
    token: drawn([1, 1, size.WIDTH], 2500),
    layers: Array.from({ length: size.LAYERS }, layer),
    hidden: linearOf(size.WIDTH + size.EMBED, size.HIDDEN),
    last: linearOf(size.HIDDEN, size.LATENT),
  };
  return { theta, running };
}

const perChannel = (values) => values.reshape([1, -1, 1, 1]);
const inverseRoot = (values) => np.reciprocal(np.sqrt(values.add(size.EPSILON)));

/** Normalizes by the batch when training; then also hands out the statistics that run along. */
function normalized(x, { scale, shift }, { mean, variance }, training) {
  let moved = null;
  let [centered, spread] = [null, null];
  if (training) {
    const ofBatch = np.mean(x.ref, [0, 2, 3]);
    centered = x.sub(perChannel(ofBatch.ref));
    spread = np.mean(np.square(centered.ref), [0, 2, 3]);
    const along = (old, fresh) => old.ref.mul(1 - size.MOMENTUM).add(lax.stopGradient(fresh).mul(size.MOMENTUM));
    moved = { mean: along(mean, ofBatch), variance: along(variance, spread.ref) };
  } else {
    centered = x.sub(perChannel(mean.ref));
    spread = variance.ref;
  }
  const factor = inverseRoot(spread).mul(scale.ref);
  return [centered.mul(perChannel(factor)).add(perChannel(shift.ref)), moved];
}

/** z of views, and the running statistics after them when training. */
function encode(encoder, running, views, training = false) {
  const moved = [];
  let [x, skip] = [views, null];
  UNITS.forEach(([role, , , side, stride], i) => {
    const pad = side >> 1;
    const input = role === "shortcut" || role === "keeping" ? x.ref : x;
    const output = lax.conv(input, encoder[i].kernel.ref, [stride, stride], [[pad, pad], [pad, pad]]);
    const [unit, statistics] = normalized(output, encoder[i], running[i], training);
    moved.push(statistics);
    if (role === "shortcut") {
      skip = unit;
      return;
    }
    if (role === "keeping") skip = x;
    x = nn.relu(role === "closing" ? unit.add(skip) : unit);
  });
  return [np.mean(x, [2, 3]), moved];
}

const linear = (x, { weight, bias }) => np.matmul(x, weight.ref).add(bias.ref);

function layerNorm(x, { scale, shift }) {
  const centered = x.sub(np.mean(x.ref, -1, { keepdims: true }));
  const variance = np.mean(np.square(centered.ref), -1, { keepdims: true });
  return centered.mul(inverseRoot(variance)).mul(scale.ref).add(shift.ref);
}

const gelu = (x) => x.ref.mul(0.5).mul(lax.erf(x.mul(Math.SQRT1_2)).add(1));

function aggregate(theta, tokens, sequences, observed) {
  const [length, headDim] = [observed + 1, size.WIDTH / size.HEADS];
  const rows = sequences * length;
  const start = np.tile(theta.token.ref, [sequences, 1, 1]);
  let x = np.concatenate([start, tokens], 1).reshape([rows, size.WIDTH]);
  const heads = (part) => part.reshape([sequences, length, size.HEADS, headDim]).transpose([0, 2, 1, 3]);
  for (const layer of theta.layers) {
    const [query, key, value] = np.split(linear(x.ref, layer.projections), 3, 1).map(heads);
    const weights = nn.softmax(np.matmul(query, key.transpose([0, 1, 3, 2])).mul(headDim ** -0.5), -1);
    const seen = np.matmul(weights, value).transpose([0, 2, 1, 3]).reshape([rows, size.WIDTH]);
    x = layerNorm(x.add(linear(seen, layer.out)), layer.first);
    x = layerNorm(x.ref.add(linear(gelu(linear(x, layer.widen)), layer.narrow)), layer.second);
  }
  const all = x.reshape([sequences, length, size.WIDTH]);
  return all.slice([0, sequences], [0, 1], [0, size.WIDTH]).reshape([sequences, size.WIDTH]);
}

/** Training state and batch → the next state and the loss. */
const train = (sequences, observed) => (state, corrections, batch) => {
  const lossOf = (theta, goal, views, actions, upcoming) => {
    const [z, moved] = encode(theta.encoder, state.running, views, true);
    const tokens = np.concatenate([z, linear(actions, theta.action)], 1);
    const aggregated = aggregate(theta, tokens.reshape([sequences, observed, size.WIDTH]), sequences, observed);
    const told = np.concatenate([aggregated, linear(upcoming, theta.action)], 1);
    const guess = linear(nn.relu(linear(told, theta.hidden)), theta.last);
    const length = (x) => np.sqrt(np.sum(np.square(x), 1));
    const lengths = length(guess.ref).mul(length(goal.ref)).add(1e-6);
    const loss = np.mean(np.subtract(1, np.sum(guess.mul(goal), 1).div(lengths)));
    tree.dispose(theta);
    return [loss, moved];
  };
  const { theta, target, first, second, running } = state;
  const [goal] = encode(target, running, batch.next);
  const [[loss, moved], gradients] = valueAndGrad(
    (free) => lossOf(free, goal, batch.observed, batch.actions, batch.upcoming), { hasAux: true },
  )(tree.ref(theta));
  const updated = adamW(theta, first, second, gradients, corrections);
  const slow = tree.map((old, fresh) => old.mul(size.TAU).add(fresh.ref.mul(1 - size.TAU)), target, updated.theta.encoder);
  return { ...updated, target: slow, running: moved, loss };
};

function adamW(theta, first, second, gradients, corrections) {
  const [weights, means, squares] = [theta, first, second].map((part) => tree.leaves(part));
  const [fresh, newMeans, newSquares] = [[], [], []];
  tree.leaves(gradients).forEach((gradient, i) => {
    const mean = means[i].mul(BETA_1).add(gradient.ref.mul(1 - BETA_1));
    const square = squares[i].mul(BETA_2).add(np.square(gradient).mul(1 - BETA_2));
    const root = np.sqrt(square.ref.mul(corrections.ref.slice(1))).add(1e-8);
    const move = mean.ref.mul(corrections.ref.slice(0)).div(root).mul(size.LEARNING_RATE);
    const decay = weights[i].shape.length > 1 ? 1 - size.LEARNING_RATE * size.WEIGHT_DECAY : 1;
    fresh.push(weights[i].mul(decay).sub(move));
    newMeans.push(mean);
    newSquares.push(square);
  });
  const shape = tree.structure(theta);
  const [thetas, firsts, seconds] = [fresh, newMeans, newSquares].map((leaves) => tree.unflatten(shape, leaves));
  return { theta: thetas, first: firsts, second: seconds };
}
