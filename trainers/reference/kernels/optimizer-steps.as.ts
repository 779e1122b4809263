/**
 * One update of one tensor, and the passes that prepare one. Weight decay is decoupled (Loshchilov and Hutter 2019): `shrink` = 1 - learningRate * weightDecay
 * multiplies the weights before the step. Passes run to the next multiple of four floats (see elementwise.as.ts).
 */

/** SGD with momentum (as PyTorch's, without dampening): u <- momentum * u + g; w <- shrink * w - learningRate * u. */
export function sgdStep(weights: usize, gradient: usize, velocity: usize, n: i32, learningRate: f32, momentum: f32, shrink: f32): void {
  const rates = f32x4.splat(learningRate);
  const momenta = f32x4.splat(momentum);
  const shrinks = f32x4.splat(shrink);
  for (let i = 0; i < n; i += 4) {
    const step = <usize>i * 4;
    const u = f32x4.add(f32x4.mul(v128.load(velocity + step), momenta), v128.load(gradient + step));
    v128.store(velocity + step, u);
    v128.store(weights + step, f32x4.sub(f32x4.mul(v128.load(weights + step), shrinks), f32x4.mul(u, rates)));
  }
}

/**
 * Adam (Kingma and Ba 2015, algorithm 1) with epsilon outside the root, as PyTorch's: m and v are running means of g and
 * g^2; w <- shrink * w - stepSize * m / (sqrt(v) * rootCorrection + epsilon), where stepSize = learningRate / (1 - beta1^t)
 * and rootCorrection = 1 / sqrt(1 - beta2^t). An entry that never had a gradient does not move, also with epsilon 0.
 */
export function adamStep(
  weights: usize, gradient: usize, firstMoment: usize, secondMoment: usize, n: i32,
  stepSize: f32, beta1: f32, beta2: f32, epsilon: f32, rootCorrection: f32, shrink: f32,
): void {
  const steps = f32x4.splat(stepSize);
  const beta1s = f32x4.splat(beta1);
  const beta2s = f32x4.splat(beta2);
  const rest1 = f32x4.splat(1 - beta1);
  const rest2 = f32x4.splat(1 - beta2);
  const epsilons = f32x4.splat(epsilon);
  const corrections = f32x4.splat(rootCorrection);
  const shrinks = f32x4.splat(shrink);
  const zero = f32x4.splat(0);
  for (let i = 0; i < n; i += 4) {
    const at = <usize>i * 4;
    const g = v128.load(gradient + at);
    const m = f32x4.add(f32x4.mul(v128.load(firstMoment + at), beta1s), f32x4.mul(g, rest1));
    const v = f32x4.add(f32x4.mul(v128.load(secondMoment + at), beta2s), f32x4.mul(f32x4.mul(g, g), rest2));
    v128.store(firstMoment + at, m);
    v128.store(secondMoment + at, v);
    const direction = f32x4.div(m, f32x4.add(f32x4.mul(f32x4.sqrt(v), corrections), epsilons));
    // 0 / (0 + 0) would be NaN where no gradient ever came; a NaN of a NaN gradient is kept.
    const moved = v128.and(direction, f32x4.ne(m, zero));
    v128.store(weights + at, f32x4.sub(f32x4.mul(v128.load(weights + at), shrinks), f32x4.mul(moved, steps)));
  }
}

/** gradient <- gradient + weightDecay * w: weight decay as an L2 penalty, before the optimizer sees the gradient. */
export function addCoupledDecay(gradient: usize, weights: usize, n: i32, weightDecay: f32): void {
  const decays = f32x4.splat(weightDecay);
  for (let i = 0; i < n; i += 4) {
    const step = <usize>i * 4;
    v128.store(gradient + step, f32x4.add(v128.load(gradient + step), f32x4.mul(v128.load(weights + step), decays)));
  }
}

/** w <- shrink * w - rate * direction. */
export function applyDirection(weights: usize, direction: usize, n: i32, rate: f32, shrink: f32): void {
  const rates = f32x4.splat(rate);
  const shrinks = f32x4.splat(shrink);
  for (let i = 0; i < n; i += 4) {
    const step = <usize>i * 4;
    const decayed = f32x4.mul(v128.load(weights + step), shrinks);
    v128.store(weights + step, f32x4.sub(decayed, f32x4.mul(v128.load(direction + step), rates)));
  }
}

/**
 * Momentum as a running mean: m <- beta * m + (1 - beta) * g. The gradient becomes m or, with `nesterov` 1,
 * beta * m + (1 - beta) * g (Jordan et al. 2024's Muon, as in torch.optim.Muon).
 */
export function averageGradient(average: usize, gradient: usize, n: i32, beta: f32, nesterov: i32): void {
  const betas = f32x4.splat(beta);
  const rests = f32x4.splat(1 - beta);
  for (let i = 0; i < n; i += 4) {
    const step = <usize>i * 4;
    const fresh = f32x4.mul(v128.load(gradient + step), rests);
    const m = f32x4.add(f32x4.mul(v128.load(average + step), betas), fresh);
    v128.store(average + step, m);
    v128.store(gradient + step, nesterov ? f32x4.add(f32x4.mul(m, betas), fresh) : m);
  }
}

/**
 * Lion (Chen et al. 2023, algorithm 2): w <- shrink * w - learningRate * sign(beta1 * m + (1 - beta1) * g), then
 * m <- beta2 * m + (1 - beta2) * g. The sign of 0 is 0; NaN and infinite gradients make NaN, so that divergence shows.
 */
export function lionStep(
  weights: usize, gradient: usize, average: usize, n: i32, learningRate: f32, beta1: f32, beta2: f32, shrink: f32,
): void {
  const rates = f32x4.splat(learningRate);
  const beta1s = f32x4.splat(beta1);
  const beta2s = f32x4.splat(beta2);
  const rest1 = f32x4.splat(1 - beta1);
  const rest2 = f32x4.splat(1 - beta2);
  const shrinks = f32x4.splat(shrink);
  const zero = f32x4.splat(0);
  const one = f32x4.splat(1);
  for (let i = 0; i < n; i += 4) {
    const step = <usize>i * 4;
    const g = v128.load(gradient + step);
    const m = v128.load(average + step);
    const mixed = f32x4.add(f32x4.mul(m, beta1s), f32x4.mul(g, rest1));
    const signs = f32x4.sub(v128.and(f32x4.gt(mixed, zero), one), v128.and(f32x4.lt(mixed, zero), one));
    // 0 * NaN and 0 * infinity are NaN; everything else adds 0.
    const direction = f32x4.add(signs, f32x4.mul(mixed, zero));
    v128.store(average + step, f32x4.add(f32x4.mul(m, beta2s), f32x4.mul(g, rest2)));
    v128.store(weights + step, f32x4.sub(f32x4.mul(v128.load(weights + step), shrinks), f32x4.mul(direction, rates)));
  }
}
