// The network in TensorFlow.js, channels last as the library has it. Backends: webgpu, wasm.
import * as size from "./sizes.mjs";

const PACKAGES = "/packages/@tensorflow";
let tf;
let onWasm;

const script = (src) => new Promise((done, failed) => {
  const tag = Object.assign(document.createElement("script"), { src, onload: done, onerror: failed });
  document.head.append(tag);
});

export function open(backend, name) {
  const { sequences, observed, side } = size.sizes(name);
  let network, target, optimizer, data;
  return {
    async start() {
      await script(`${PACKAGES}/tfjs/dist/tf.min.js`);
      await script(`${PACKAGES}/tfjs-backend-${backend}/dist/tf-backend-${backend}.min.js`);
      tf = globalThis.tf;
      onWasm = backend === "wasm";
      if (onWasm) tf.wasm.setWasmPaths(`${PACKAGES}/tfjs-backend-wasm/dist/`);
      tf.enableProdMode();
      if (!(await tf.setBackend(backend))) throw new Error(`tfjs has no backend ${backend} here`);
      await tf.ready();
      network = build();
      target = network.encoder.map((unit) => ({ ...unit, ...copied(unit) }));
      optimizer = tf.train.adam(size.LEARNING_RATE);
      data = {
        observed: tf.randomNormal([sequences * observed, side, side, 3]),
        next: tf.randomNormal([sequences, side, side, 3]),
        actions: tf.randomNormal([sequences, observed, size.ACTION]),
        views: tf.randomNormal([64, side, side, 3]),
      };
      const parameters = network.trained.reduce((sum, variable) => sum + variable.size, 0);
      return { library: `tfjs ${tf.version.tfjs}`, parameters };
    },
    async step() {
      const begun = performance.now();
      const loss = train(network, target, optimizer, data);
      const submit_ms = performance.now() - begun;
      const [value] = await loss.data();
      loss.dispose();
      if (backend === "webgpu") await tf.backend().device.queue.onSubmittedWorkDone();
      return { loss: value, submit_ms };
    },
    async encode() {
      const z = tf.tidy(() => encode(network.encoder, data.views));
      const values = await z.data();
      z.dispose();
      return values.length;
    },
  };
}

/** All variables; the encoder is a list of convolutions with their normalizations, in order of use. */
function build() {
  const trained = [];
  const keep = (tensor) => trained[trained.push(tf.variable(tensor)) - 1];
  const drawn = (shape, fanIn) => keep(tf.randomUniform(shape, -((1 / fanIn) ** 0.5), (1 / fanIn) ** 0.5));
  const linear = (from, to) => ({ weight: drawn([from, to], from), bias: drawn([to], from) });
  const norm = (n) => ({ scale: keep(tf.ones([n])), shift: keep(tf.zeros([n])) });
  const unit = (role, from, to, kernel, stride) => ({
    role, stride,
    kernel: drawn([kernel, kernel, from, to], from * kernel * kernel),
    ...norm(to),
    mean: tf.variable(tf.zeros([to]), false),
    variance: tf.variable(tf.ones([to]), false),
  });
  const encoder = [unit("plain", 3, size.STEM, 3, 1)];
  size.BLOCKS.reduce((from, [to, stride]) => {
    const reshapes = stride > 1 || from !== to;
    if (reshapes) encoder.push(unit("shortcut", from, to, 1, stride));
    encoder.push(unit(reshapes ? "plain" : "keeping", from, to, 3, stride), unit("closing", to, to, 3, 1));
    return to;
  }, size.STEM);
  const layer = () => ({
    projections: linear(size.WIDTH, 3 * size.WIDTH), out: linear(size.WIDTH, size.WIDTH),
    widen: linear(size.WIDTH, size.FEED), narrow: linear(size.FEED, size.WIDTH),
    first: norm(size.WIDTH), second: norm(size.WIDTH),
  });
  return {
    trained, encoder,
    action: linear(size.ACTION, size.EMBED),
    token: keep(tf.randomNormal([1, 1, size.WIDTH], 0, 0.02)),
    layers: Array.from({ length: size.LAYERS }, layer),
    hidden: linear(size.WIDTH + size.EMBED, size.HIDDEN),
    last: linear(size.HIDDEN, size.LATENT),
  };
}

const MOVED = ["kernel", "scale", "shift"];
const copied = (unit) => Object.fromEntries(MOVED.map((key) => [key, tf.variable(unit[key].clone(), false)]));

/** z of views; with `moments`, by the batch's statistics, which are put there. */
function encode(units, views, moments) {
  let [x, skip] = [views, null];
  for (const unit of units) {
    if (unit.role === "shortcut") {
      skip = normalized(convolved(x, unit), unit, moments);
      continue;
    }
    if (unit.role === "keeping") skip = x;
    x = normalized(convolved(x, unit), unit, moments);
    if (unit.role === "closing") x = tf.add(x, skip);
    x = tf.relu(x);
  }
  return tf.mean(x, [1, 2]);
}

function normalized(x, unit, moments) {
  if (!moments) return tf.batchNorm(x, unit.mean, unit.variance, unit.shift, unit.scale, size.EPSILON);
  const { mean, variance } = tf.moments(x, [0, 1, 2]);
  moments.push({ unit, mean: tf.keep(mean.clone()), variance: tf.keep(variance.clone()) });
  return tf.batchNorm(x, mean, variance, unit.shift, unit.scale, size.EPSILON);
}

function convolved(x, { kernel, stride }) {
  const pad = kernel.shape[0] >> 1;
  if (onWasm) return convolvedOnWasm(stride, pad)(x, kernel);
  return tf.conv2d(x, kernel, stride, pad || "valid");
}

/** The wasm backend has no kernel for the gradient to the weights: one matrix product over gathered pixels. */
const convolvedOnWasm = (stride, pad) => tf.customGrad((x, kernel, save) => {
  save([x, kernel]);
  const gradFunc = (upstream, [x, kernel]) => {
    const [side, , from, to] = kernel.shape;
    const [n, height, width] = upstream.shape;
    const pixels = n * height * width;
    const padded = pad ? tf.pad(x, [[0, 0], [pad, pad], [pad, pad], [0, 0]]) : x;
    const tap = (i) => {
      const [row, column] = [Math.floor(i / side), i % side];
      const end = [n, row + stride * (height - 1) + 1, column + stride * (width - 1) + 1, from];
      return tf.stridedSlice(padded, [0, row, column, 0], end, [1, stride, stride, 1]).reshape([pixels, from]);
    };
    const taps = Array.from({ length: side * side }, (_, i) => tap(i));
    const columns = taps.length > 1 ? tf.concat(taps, 1) : taps[0];
    const toKernel = tf.matMul(tf.transpose(columns), upstream.reshape([pixels, to])).reshape(kernel.shape);
    return [tf.conv2dTranspose(upstream, kernel, x.shape, stride, pad, "floor"), toKernel];
  };
  return { value: tf.conv2d(x, kernel, stride, pad || "valid"), gradFunc };
});

const linear = (x, { weight, bias }) => tf.add(tf.matMul(x, weight), bias);

function layerNorm(x, { scale, shift }) {
  const { mean, variance } = tf.moments(x, -1, true);
  const unit = tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, size.EPSILON)));
  return tf.add(tf.mul(unit, scale), shift);
}

const gelu = (x) => tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1));

/** z_AGG of tokens `[B, M, WIDTH]`. */
function aggregate(network, tokens) {
  const [sequences, observed] = tokens.shape;
  const [length, headDim] = [observed + 1, size.WIDTH / size.HEADS];
  const start = tf.tile(network.token, [sequences, 1, 1]);
  let x = tf.concat([start, tokens], 1).reshape([sequences * length, size.WIDTH]);
  const heads = (t) => t.reshape([sequences, length, size.HEADS, headDim]).transpose([0, 2, 1, 3]);
  for (const layer of network.layers) {
    const [query, key, value] = tf.split(linear(x, layer.projections), 3, 1).map(heads);
    const weights = tf.softmax(tf.mul(tf.matMul(query, key, false, true), headDim ** -0.5));
    const seen = tf.matMul(weights, value).transpose([0, 2, 1, 3]).reshape([sequences * length, size.WIDTH]);
    x = layerNorm(tf.add(x, linear(seen, layer.out)), layer.first);
    x = layerNorm(tf.add(x, linear(gelu(linear(x, layer.widen)), layer.narrow)), layer.second);
  }
  return x.reshape([sequences, length, size.WIDTH]).slice([0, 0, 0], [-1, 1, -1]).reshape([sequences, size.WIDTH]);
}

/** 1 − cosine between prediction and `goal`. */
function lossOf(network, data, goal, moments) {
  const [sequences, observed] = data.actions.shape;
  const z = encode(network.encoder, data.observed, moments);
  const actions = linear(data.actions.reshape([-1, size.ACTION]), network.action);
  const tokens = tf.concat([z, actions], 1).reshape([sequences, observed, size.WIDTH]);
  const upcoming = actions.reshape([sequences, observed, size.EMBED]).slice([0, observed - 1, 0]).reshape([sequences, size.EMBED]);
  const told = tf.concat([aggregate(network, tokens), upcoming], 1);
  const guess = linear(tf.relu(linear(told, network.hidden)), network.last);
  const lengths = tf.mul(tf.norm(guess, 2, 1), tf.norm(goal, 2, 1));
  const cosine = tf.div(tf.sum(tf.mul(guess, goal), 1), tf.add(lengths, 1e-6));
  return tf.mean(tf.sub(1, cosine));
}

function train(network, target, optimizer, data) {
  const goal = tf.tidy(() => encode(target, data.next));
  const moments = [];
  const { value, grads } = tf.variableGrads(() => lossOf(network, data, goal, moments), network.trained);
  tf.tidy(() => {
    for (const variable of network.trained.filter(({ rank }) => rank > 1)) {
      variable.assign(tf.mul(variable, 1 - size.LEARNING_RATE * size.WEIGHT_DECAY));
    }
  });
  optimizer.applyGradients(grads);
  tf.tidy(() => {
    const move = (to, from, share) => to.assign(tf.add(tf.mul(to, 1 - share), tf.mul(from, share)));
    for (const { unit, mean, variance } of moments) {
      move(unit.mean, mean, size.MOMENTUM);
      move(unit.variance, variance, size.MOMENTUM);
    }
    network.encoder.forEach((unit, i) => MOVED.forEach((key) => move(target[i][key], unit[key], 1 - size.TAU)));
  });
  moments.forEach(({ mean, variance }) => tf.dispose([mean, variance]));
  tf.dispose([grads, goal]);
  return value;
}
