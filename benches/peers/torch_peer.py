"""PyTorch on the CPU: one round for every line `step` or `encode` on the standard input.

usage: torch_peer.py CASE THREADS, or torch_peer.py --export FOLDER for the encoders as ONNX files
"""

import copy
import json
import os
import sys
import time

import torch
from torch.nn import functional as F

from network import ACTION, CASES, SeqJepa


def export(folder):
    os.makedirs(folder, exist_ok=True)
    encoder = SeqJepa().encoder.eval()
    for side in sorted({side for _, _, side in CASES.values()}):
        path = os.path.join(folder, f"encoder_{side}.onnx")
        names = dict(input_names=["views"], output_names=["z"])
        torch.onnx.export(
            encoder, (torch.randn(64, 3, side, side),), path, dynamo=False, opset_version=17, **names
        )


class Peer:
    def __init__(self, case):
        sequences, observed, side = CASES[case]
        self.model = SeqJepa()
        self.target = copy.deepcopy(self.model.encoder).eval()
        for parameter in self.target.parameters():
            parameter.requires_grad_(False)
        matrices = [p for p in self.model.parameters() if p.dim() > 1]
        vectors = [p for p in self.model.parameters() if p.dim() <= 1]
        groups = [dict(params=matrices, weight_decay=1e-3), dict(params=vectors, weight_decay=0.0)]
        self.optimizer = torch.optim.AdamW(groups, 1e-3, fused=True)
        self.observed = torch.randn(sequences * observed, 3, side, side)
        self.next = torch.randn(sequences, 3, side, side)
        self.actions = torch.randn(sequences, observed, ACTION)
        self.views = torch.randn(64, 3, side, side)

    def step(self):
        with torch.no_grad():
            goal = self.target(self.next)
        self.optimizer.zero_grad(set_to_none=True)
        guess = self.model(self.observed, self.actions)
        loss = 1 - F.cosine_similarity(guess, goal, 1, 1e-6).mean()
        loss.backward()
        self.optimizer.step()
        with torch.no_grad():
            slow, fast = self.target.parameters(), self.model.encoder.parameters()
            torch._foreach_lerp_(list(slow), list(fast), 0.004)
        return loss.item()

    def encode(self):
        self.model.encoder.eval()
        with torch.inference_mode():
            z = self.model.encoder(self.views)
        self.model.encoder.train()
        return z.numel()


def serve(case, threads):
    torch.set_num_threads(int(threads))
    torch.manual_seed(0)
    peer = Peer(case)
    n_parameters = sum(p.numel() for p in peer.model.parameters())
    about = f"torch {torch.__version__} {torch.backends.cpu.get_cpu_capability()}"
    print(json.dumps({"about": about, "parameters": n_parameters}), flush=True)
    for line in sys.stdin:
        start = time.perf_counter()
        value = peer.step() if line.strip() == "step" else peer.encode()
        print(json.dumps({"ms": (time.perf_counter() - start) * 1e3, "value": value}), flush=True)


if __name__ == "__main__":
    export(sys.argv[2]) if sys.argv[1] == "--export" else serve(*sys.argv[1:])
