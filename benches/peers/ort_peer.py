"""ONNX Runtime on the CPU: encodes 64 views for every line on the standard input.

usage: ort_peer.py MODEL THREADS
"""

import json
import sys
import time

import numpy
import onnxruntime


def serve(path, threads):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = int(threads)
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    feed = session.get_inputs()[0]
    views = numpy.random.randn(*feed.shape).astype(numpy.float32)
    print(json.dumps({"about": f"onnxruntime {onnxruntime.__version__}"}), flush=True)
    for _ in sys.stdin:
        start = time.perf_counter()
        session.run(None, {feed.name: views})
        print(json.dumps({"ms": (time.perf_counter() - start) * 1e3}), flush=True)


if __name__ == "__main__":
    serve(*sys.argv[1:])
