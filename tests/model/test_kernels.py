"""The GPU's kernels, run by Triton's interpreter: they compute what the definitions say."""

import math
import os
import subprocess
import sys

import pytest
import torch
import torch.nn.functional as F

from alphatex_model import attention, kernels
from alphatex_model.attention import attend, using_kernel
from alphatex_model.gpt import SOFT_CAP, soft_cap
from alphatex_model.loss import fused, plain
from alphatex_model.sampling import Sampling, draw

COMPILE = """
import triton
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource
from alphatex_model import kernels

TYPES = {
    "logits": "*bf16", "targets": "*i64", "losses": "*fp32", "query": "*bf16", "key": "*bf16", "value": "*bf16",
    "places": "*i64", "mixed": "*bf16", "uniform": "*fp32", "drawn": "*i64", "top_p": "fp32", "coldness": "fp32",
}
CONSTANTS = {
    "CAP": 15.0, "SCALE": 0.125, "SIZE": 64, "BITS": 16, "USE_K": True, "USE_P": True,
}
for kernel, block in ((kernels._capped_losses, 8192), (kernels._attend_cached, 256), (kernels._draw_kept, 8192)):
    constants = {name: value for name, value in {**CONSTANTS, "BLOCK": block}.items() if name in kernel.arg_names}
    types = {name: TYPES.get(name, "i32") for name in kernel.arg_names}
    source = ASTSource(kernel, types | dict.fromkeys(constants, "constexpr"), constants)
    if triton.compile(source, target=GPUTarget("cuda", 90, 32)).asm["ptx"]:
        print(kernel.fn.__name__)
"""
"""For Hopper, with arguments as the models have them."""


@pytest.mark.parametrize("vocabulary", [256, 300])
def test_the_loss_and_its_gradient_come_from_one_reading_of_the_logits(vocabulary):
    torch.manual_seed(0)
    logits, targets = 8 * torch.randn(7, vocabulary), torch.randint(vocabulary, (7,))
    given = logits.clone().requires_grad_()
    expected = F.cross_entropy(soft_cap(given), targets, reduction="none")
    expected.sum().backward()

    assert torch.allclose(kernels.capped_losses_(logits, targets, SOFT_CAP), expected, atol=1e-5)
    assert torch.allclose(logits, given.grad, atol=1e-6)


def test_a_model_learns_the_same_from_the_fused_loss(model):
    tokens = torch.randint(300, (2, 17), generator=torch.Generator().manual_seed(1))
    found = []
    for function in (plain, fused):
        model.zero_grad()
        value = function(model, tokens[:, :-1], tokens[:, 1:])
        (value / 2).backward()
        found.append((value.detach(), [weight.grad for weight in model.parameters()]))

    assert torch.allclose(found[0][0], found[1][0], rtol=1e-5)
    assert all(
        torch.allclose(one, other, rtol=1e-3, atol=1e-6) for one, other in zip(*(f[1] for f in found), strict=True)
    )


@pytest.mark.parametrize("groups", [1, 2, 4])
def test_attention_to_a_cache_reads_each_row_up_to_its_own_length(groups):
    torch.manual_seed(1)
    query, key, value = torch.randn(4, 1, 4, 16), torch.randn(4, 140, groups, 16), torch.randn(4, 140, groups, 16)
    places = torch.tensor([[0], [63], [64], [139]])
    with using_kernel("plain"):
        expected = attend(query, key, value, places)
    for row, (place,) in enumerate(places.tolist()):
        key[row, place + 1 :] = value[row, place + 1 :] = torch.nan  # what nobody may read
    with using_kernel("cached"):
        assert torch.allclose(attend(query, key, value, places), expected, atol=1e-5)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("cap", [math.inf, SOFT_CAP])
@pytest.mark.parametrize(
    "sampling", [Sampling(), Sampling(top_k=5, temperature=0.7), Sampling(top_p=0.6), Sampling(top_k=40, top_p=0.9)]
)
def test_drawing_by_the_kernel_is_drawing_by_the_definition(sampling, cap, dtype):
    torch.manual_seed(2)
    logits = torch.stack([torch.randperm(250) for _ in range(60)]).to(dtype) / 32 - 4  # no two of a row are equal
    logits[:, 7] = -torch.inf
    logits[0, 1:] = -torch.inf
    uniform = torch.linspace(0, 1 - 2**-24, 60)
    drawn = kernels.draw_kept(logits, uniform, sampling.temperature, sampling.top_k, sampling.top_p, cap)

    assert torch.equal(drawn, draw(logits, uniform, sampling, cap))


def test_equal_logits_are_kept_together():
    drawn = kernels.draw_kept(torch.tensor([[1.0, 2, 2, 0]]).expand(9, -1), torch.linspace(0, 0.99, 9), 1, 1, 1, 15)

    assert set(drawn.tolist()) == {1, 2}


def test_all_kernels_compile_for_a_gpu():
    """In a process of its own, whose Triton compiles instead of interpreting; no GPU is asked."""
    environment = {name: value for name, value in os.environ.items() if name != "TRITON_INTERPRET"}
    compiled = subprocess.run([sys.executable, "-c", COMPILE], env=environment, capture_output=True, text=True)

    assert compiled.stdout.split() == ["_capped_losses", "_attend_cached", "_draw_kept"], compiled.stderr


def test_without_a_gpu_no_kernel_of_ours_is_chosen():
    query, places = torch.randn(1, 1, 2, 8), torch.tensor([[0]])

    assert attention._choose(query, places) == "sdpa"
