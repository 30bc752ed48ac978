"""The network that every library trains, in PyTorch: that of benches/cases.rs."""

import torch
from torch import nn
from torch.nn import functional as F

# Sequences a step, observed views, side of a view in pixels.
CASES = {"a": (8, 3, 32), "b": (32, 3, 32), "c": (16, 4, 64)}
BLOCKS = [(16, 1), (32, 2), (64, 2), (128, 2)]
STEM, LATENT, ACTION, EMBED, HIDDEN = 16, 128, 4, 32, 256
WIDTH = LATENT + EMBED


def unit(channels_in, channels, side, stride):
    conv = nn.Conv2d(channels_in, channels, side, stride, side // 2, bias=False)
    return nn.Sequential(conv, nn.BatchNorm2d(channels))


class Block(nn.Module):
    def __init__(self, channels_in, channels, stride):
        super().__init__()
        self.first = unit(channels_in, channels, 3, stride)
        self.second = unit(channels, channels, 3, 1)
        reshapes = stride > 1 or channels_in != channels
        self.shortcut = unit(channels_in, channels, 1, stride) if reshapes else nn.Identity()

    def forward(self, x):
        return F.relu(self.second(F.relu(self.first(x))) + self.shortcut(x))


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = unit(3, STEM, 3, 1)
        channels_in = [STEM] + [channels for channels, _ in BLOCKS]
        self.blocks = nn.Sequential(*(Block(i, o, s) for i, (o, s) in zip(channels_in, BLOCKS)))

    def forward(self, views):
        return self.blocks(F.relu(self.stem(views))).mean((2, 3))


class SeqJepa(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = Encoder()
        self.action = nn.Linear(ACTION, EMBED)
        self.token = nn.Parameter(torch.randn(1, 1, WIDTH) * 0.02)
        layer = nn.TransformerEncoderLayer(WIDTH, 4, 640, 0.0, "gelu", batch_first=True)
        self.aggregator = nn.TransformerEncoder(layer, 3, enable_nested_tensor=False)
        self.predictor = nn.Sequential(
            nn.Linear(WIDTH + EMBED, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, LATENT)
        )

    def forward(self, observed, actions):
        """views [B * M, 3, P, P], actions [B, M, A] -> predicted latents [B, D]"""
        sequences, n_observed, _ = actions.shape
        embedded = self.action(actions)
        z = self.encoder(observed).view(sequences, n_observed, LATENT)
        tokens = torch.cat([z, embedded], 2)
        tokens = torch.cat([self.token.expand(sequences, 1, WIDTH), tokens], 1)
        z_agg = self.aggregator(tokens)[:, 0]
        return self.predictor(torch.cat([z_agg, embedded[:, -1]], 1))
