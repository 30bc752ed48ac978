// The encoder in ONNX Runtime Web, exported from PyTorch; it does not train. Backends: webgpu, wasm.
import { sizes } from "./sizes.mjs";

const PACKAGE = "/packages/onnxruntime-web/dist";

export function open(backend, name) {
  const { side } = sizes(name);
  let session, feeds;
  return {
    async start() {
      const runtime = await import(`${PACKAGE}/ort.${backend}.min.mjs`);
      runtime.env.wasm.wasmPaths = `${location.origin}${PACKAGE}/`;
      runtime.env.wasm.numThreads = 1;
      session = await runtime.InferenceSession.create(`/onnx/encoder_${side}.onnx`, {
        executionProviders: [backend], graphOptimizationLevel: "all",
      });
      const values = Float32Array.from({ length: 64 * 3 * side * side }, () => 2 * Math.random() - 1);
      feeds = { views: new runtime.Tensor("float32", values, [64, 3, side, side]) };
      return { library: `onnxruntime-web ${runtime.env.versions.web}` };
    },
    step: () => Promise.reject(new Error("onnxruntime-web does not train")),
    async encode() {
      const { z } = await session.run(feeds);
      return (await z.getData()).length;
    },
  };
}
