//! How gradients pass through the fused operations.
//!
//! Each step keeps what its gradient needs; none is recomputed, they are all cheap to keep.

use super::{FusedGradients, FusedOps, Geometry, Maybe, Parts, StepSettings};
use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, NodeGuard, Ops, OpsKind};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, AutodiffBackend, Backend, TensorMetadata};

type Tracked<B, C> = FloatTensor<Autodiff<B, C>>;

/// Hands a gradient to a parent, if it wants one.
macro_rules! register {
    ($grads:ident, $parent:expr, $gradient:expr) => {
        if let Some(parent) = $parent {
            $grads.register::<B>(parent.id, $gradient);
        }
    };
}

/// Parents: x, weight, then the bias and the residual where there are any.
#[derive(Debug)]
struct Conv;

#[derive(Clone, Debug)]
struct ConvState<B: Backend> {
    x: FloatTensor<B>,
    weight: FloatTensor<B>,
    /// The output, where it ended in a ReLU.
    y: Option<FloatTensor<B>>,
    geometry: Geometry,
    has_bias: bool,
}

impl<B: FusedGradients, const N: usize> Backward<B, N> for Conv {
    type State = ConvState<B>;

    fn backward(self, ops: Ops<Self::State, N>, grads: &mut Gradients, _: &mut Checkpointer) {
        let ConvState { x, weight, y, geometry, has_bias } = ops.state;
        let mut gradient = grads.consume::<B>(&ops.node);
        if let Some(y) = y {
            gradient = B::relu_gradient(gradient, y);
        }
        let mut parents = ops.parents.into_iter();
        let mut next = || parents.next().flatten();
        let (x_parent, weight_parent) = (next(), next());
        if has_bias {
            register!(grads, next(), B::column_sums(gradient.clone()));
        }
        register!(grads, next(), gradient.clone());
        let (kernel, height, width) = (weight.shape()[0], x.shape()[1], x.shape()[2]);
        let dy = gradient.clone();
        let to_weight = || B::conv_weight_gradient(x, dy, geometry, kernel);
        let to_x = || B::conv_x_gradient(gradient, weight, geometry, height, width);
        match (weight_parent, x_parent) {
            (Some(weight_parent), Some(x_parent)) => {
                let (dweight, dx) = B::both(to_weight, to_x);
                grads.register::<B>(weight_parent.id, dweight);
                grads.register::<B>(x_parent.id, dx);
            }
            (weight_parent, x_parent) => {
                register!(grads, weight_parent, to_weight());
                register!(grads, x_parent, to_x());
            }
        }
    }
}

#[derive(Debug)]
struct BatchNorm;

#[derive(Clone, Debug)]
struct BatchNormState<B: Backend> {
    x: FloatTensor<B>,
    y: Option<FloatTensor<B>>,
    gamma: Option<FloatTensor<B>>,
    mean: FloatTensor<B>,
    inverse_deviation: FloatTensor<B>,
}

/// Parents: x, then gamma and beta where there are any, then the residual where there is one.
impl<B: FusedGradients, const N: usize> Backward<B, N> for BatchNorm {
    type State = BatchNormState<B>;

    fn backward(self, ops: Ops<Self::State, N>, grads: &mut Gradients, _: &mut Checkpointer) {
        let BatchNormState { x, y, gamma, mean, inverse_deviation } = ops.state;
        let gradient = grads.consume::<B>(&ops.node);
        let affine = gamma.is_some();
        let (dx, dgamma, dbeta, passed) =
            B::batch_norm_gradient(gradient, x, y, gamma, mean, inverse_deviation);
        let mut parents = ops.parents.into_iter();
        let mut next = || parents.next().flatten();
        register!(grads, next(), dx);
        if affine {
            register!(grads, next(), dgamma);
            register!(grads, next(), dbeta);
        }
        register!(grads, next(), passed);
    }
}

/// Parents: x, gamma, beta, and the residual where there is one.
#[derive(Debug)]
struct LayerNorm;

#[derive(Clone, Debug)]
struct LayerNormState<B: Backend> {
    x: FloatTensor<B>,
    residual: Option<FloatTensor<B>>,
    gamma: FloatTensor<B>,
}

impl<B: FusedGradients, const N: usize> Backward<B, N> for LayerNorm {
    type State = LayerNormState<B>;

    fn backward(self, ops: Ops<Self::State, N>, grads: &mut Gradients, _: &mut Checkpointer) {
        let LayerNormState { x, residual, gamma } = ops.state;
        let gradient = grads.consume::<B>(&ops.node);
        let (dx, dgamma, dbeta) = B::layer_norm_gradient(gradient, x, residual, gamma);
        let mut parents = ops.parents.into_iter();
        let mut next = || parents.next().flatten();
        register!(grads, next(), dx.clone());
        register!(grads, next(), dgamma);
        register!(grads, next(), dbeta);
        register!(grads, next(), dx);
    }
}

#[derive(Debug)]
struct Attention;

#[derive(Clone, Debug)]
struct AttentionState<B: Backend> {
    qkv: FloatTensor<B>,
    weights: FloatTensor<B>,
    drop: Option<FloatTensor<B>>,
}

impl<B: FusedGradients> Backward<B, 1> for Attention {
    type State = AttentionState<B>;

    fn backward(self, ops: Ops<Self::State, 1>, grads: &mut Gradients, _: &mut Checkpointer) {
        let AttentionState { qkv, weights, drop } = ops.state;
        let gradient = grads.consume::<B>(&ops.node);
        let [parent] = ops.parents;
        register!(grads, parent, B::attention_gradient(gradient, qkv, weights, drop));
    }
}

#[derive(Debug)]
struct MeanPool;

impl<B: FusedGradients> Backward<B, 1> for MeanPool {
    /// Height and width.
    type State = (usize, usize);

    fn backward(self, ops: Ops<Self::State, 1>, grads: &mut Gradients, _: &mut Checkpointer) {
        let gradient = grads.consume::<B>(&ops.node);
        let [parent] = ops.parents;
        register!(grads, parent, B::mean_pool_gradient(gradient, ops.state.0, ops.state.1));
    }
}

#[derive(Debug)]
struct OneMinusCosine;

impl<B: FusedGradients> Backward<B, 1> for OneMinusCosine {
    type State = (FloatTensor<B>, FloatTensor<B>);

    fn backward(self, ops: Ops<Self::State, 1>, grads: &mut Gradients, _: &mut Checkpointer) {
        let (x, y) = ops.state;
        let gradient = grads.consume::<B>(&ops.node);
        let [parent] = ops.parents;
        register!(grads, parent, B::one_minus_cosine_gradient(gradient, x, y));
    }
}

/// Registers an output under as many parents as there are.
macro_rules! finish {
    ($step:expr, $strategy:ty, [$($parent:expr),+], $state:expr, $output:expr) => {
        match $step.prepare::<$strategy>([$($parent),+]).compute_bound().stateful() {
            OpsKind::Tracked(prep) => prep.finish($state, $output),
            OpsKind::UnTracked(prep) => prep.finish($output),
        }
    };
}

/// A tensor that may be missing, and its place in the graph.
fn parts<B: Backend, C: CheckpointStrategy>(
    tensor: Maybe<Autodiff<B, C>>,
) -> (Option<FloatTensor<B>>, Option<NodeGuard>) {
    tensor.into_option().map(|tensor| tensor.into_parts()).unzip()
}

impl<B: FusedGradients, C: CheckpointStrategy> FusedOps for Autodiff<B, C> {
    fn conv(
        x: Tracked<B, C>,
        weight: Tracked<B, C>,
        bias: Maybe<Self>,
        residual: Maybe<Self>,
        geometry: Geometry,
        relu: bool,
    ) -> Tracked<B, C> {
        let (x, x_node) = x.into_parts();
        let (weight, weight_node) = weight.into_parts();
        let (bias, bias_node) = parts(bias);
        let (residual, residual_node) = parts(residual);
        let has_bias = bias.is_some();
        let output = B::conv(
            x.clone(),
            weight.clone(),
            Maybe::from(bias),
            Maybe::from(residual),
            geometry,
            relu,
        );
        let y = relu.then(|| output.clone());
        let state = ConvState { x, weight, y, geometry, has_bias };
        match (bias_node, residual_node) {
            (None, None) => finish!(Conv, C, [x_node, weight_node], state, output),
            (Some(node), None) | (None, Some(node)) => {
                finish!(Conv, C, [x_node, weight_node, node], state, output)
            }
            (Some(bias), Some(residual)) => {
                finish!(Conv, C, [x_node, weight_node, bias, residual], state, output)
            }
        }
    }

    fn normalize_batch(
        x: Tracked<B, C>,
        gamma: Maybe<Self>,
        beta: Maybe<Self>,
        residual: Maybe<Self>,
        running_mean: Tracked<B, C>,
        running_variance: Tracked<B, C>,
        relu: bool,
    ) -> (Tracked<B, C>, Tracked<B, C>, Tracked<B, C>, Tracked<B, C>, Tracked<B, C>) {
        let (x, x_node) = x.into_parts();
        let (gamma, gamma_node) = parts(gamma);
        let (beta, beta_node) = parts(beta);
        let (residual, residual_node) = parts(residual);
        let (output, mean, inverse_deviation, moved_mean, moved_variance) = B::normalize_batch(
            x.clone(),
            Maybe::from(gamma.clone()),
            Maybe::from(beta),
            Maybe::from(residual),
            running_mean.into_primitive(),
            running_variance.into_primitive(),
            relu,
        );
        let y = relu.then(|| output.clone());
        let (m, s) = (mean.clone(), inverse_deviation.clone());
        let state = BatchNormState { x, y, gamma, mean: m, inverse_deviation: s };
        let output = match (gamma_node.zip(beta_node), residual_node) {
            (None, None) => finish!(BatchNorm, C, [x_node], state, output),
            (None, Some(residual)) => finish!(BatchNorm, C, [x_node, residual], state, output),
            (Some((gamma, beta)), None) => {
                finish!(BatchNorm, C, [x_node, gamma, beta], state, output)
            }
            (Some((gamma, beta)), Some(residual)) => {
                finish!(BatchNorm, C, [x_node, gamma, beta, residual], state, output)
            }
        };
        (
            output,
            Self::from_inner(mean),
            Self::from_inner(inverse_deviation),
            Self::from_inner(moved_mean),
            Self::from_inner(moved_variance),
        )
    }

    fn normalize_rows(
        x: Tracked<B, C>,
        residual: Maybe<Self>,
        gamma: Tracked<B, C>,
        beta: Tracked<B, C>,
    ) -> Tracked<B, C> {
        let (x, x_node) = x.into_parts();
        let (residual, residual_node) = parts(residual);
        let (gamma, gamma_node) = gamma.into_parts();
        let (beta, beta_node) = beta.into_parts();
        let output =
            B::normalize_rows(x.clone(), Maybe::from(residual.clone()), gamma.clone(), beta);
        let state = LayerNormState { x, residual, gamma };
        match residual_node {
            None => finish!(LayerNorm, C, [x_node, gamma_node, beta_node], state, output),
            Some(node) => {
                finish!(LayerNorm, C, [x_node, gamma_node, beta_node, node], state, output)
            }
        }
    }

    fn attend(
        qkv: Tracked<B, C>,
        drop: Maybe<Self>,
        n_heads: usize,
    ) -> (Tracked<B, C>, Tracked<B, C>) {
        let (qkv, node) = qkv.into_parts();
        let (drop, _) = parts(drop);
        let (output, weights) = B::attend(qkv.clone(), Maybe::from(drop.clone()), n_heads);
        let state = AttentionState { qkv, weights: weights.clone(), drop };
        (finish!(Attention, C, [node], state, output), Self::from_inner(weights))
    }

    fn mean_pool(x: Tracked<B, C>) -> Tracked<B, C> {
        let (x, node) = x.into_parts();
        let state = (x.shape()[1], x.shape()[2]);
        finish!(MeanPool, C, [node], state, B::mean_pool(x))
    }

    fn one_minus_cosine(x: Tracked<B, C>, y: Tracked<B, C>) -> Tracked<B, C> {
        let (x, node) = x.into_parts();
        let y = y.into_primitive();
        let output = B::one_minus_cosine(x.clone(), y.clone());
        finish!(OneMinusCosine, C, [node], (x, y), output)
    }

    // No gradient passes gathered gradients and the optimizer.

    fn blank(like: Tracked<B, C>, n: usize) -> Tracked<B, C> {
        Self::from_inner(B::blank(like.into_primitive(), n))
    }

    fn place(out: Tracked<B, C>, all: Parts<Self>, start: usize, align: usize) -> Tracked<B, C> {
        let inner = |tensor| Maybe::from(parts(tensor).0);
        let Parts { a, b, c, d, e, f } = all;
        let (b, c, d, e, f) = (inner(b), inner(c), inner(d), inner(e), inner(f));
        let all = Parts { a: a.into_primitive(), b, c, d, e, f };
        Self::from_inner(B::place(out.into_primitive(), all, start, align))
    }

    fn view(flat: Tracked<B, C>, start: usize, n: usize) -> Tracked<B, C> {
        Self::from_inner(B::view(flat.into_primitive(), start, n))
    }

    fn adamw(
        theta: Tracked<B, C>,
        gradient: Tracked<B, C>,
        first: Tracked<B, C>,
        second: Tracked<B, C>,
        decay_mask: Tracked<B, C>,
        average: Tracked<B, C>,
        settings: StepSettings,
    ) -> (Tracked<B, C>, Tracked<B, C>, Tracked<B, C>, Tracked<B, C>, Tracked<B, C>) {
        let (theta, first, second, average, norm) = B::adamw(
            theta.into_primitive(),
            gradient.into_primitive(),
            first.into_primitive(),
            second.into_primitive(),
            decay_mask.into_primitive(),
            average.into_primitive(),
            settings,
        );
        (
            Self::from_inner(theta),
            Self::from_inner(first),
            Self::from_inner(second),
            Self::from_inner(average),
            Self::from_inner(norm),
        )
    }
}
