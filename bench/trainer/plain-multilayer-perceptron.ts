/**
 * The peer in plain JavaScript: the same multi-layer perceptron (64-h-h-16, relu, Adam) with Float32Arrays and matrix products
 * blocked 4 x 4, as one would write it without WebAssembly.
 */

interface Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly data: Float32Array;
}

const matrix = (rows: number, columns: number): Matrix => ({ rows, columns, data: new Float32Array(rows * columns) });

/** C = A B^T, with 16 sums in registers. All sizes are multiples of four. */
function multiplyTransposed(a: Matrix, b: Matrix, c: Matrix): void {
  const x = a.data;
  const y = b.data;
  const z = c.data;
  const k = a.columns;
  for (let i = 0; i < a.rows; i += 4) {
    for (let j = 0; j < b.rows; j += 4) {
      let s00 = 0,
        s01 = 0,
        s02 = 0,
        s03 = 0,
        s10 = 0,
        s11 = 0,
        s12 = 0,
        s13 = 0;
      let s20 = 0,
        s21 = 0,
        s22 = 0,
        s23 = 0,
        s30 = 0,
        s31 = 0,
        s32 = 0,
        s33 = 0;
      const a0 = i * k,
        a1 = a0 + k,
        a2 = a1 + k,
        a3 = a2 + k;
      const b0 = j * k,
        b1 = b0 + k,
        b2 = b1 + k,
        b3 = b2 + k;
      for (let p = 0; p < k; p += 1) {
        const x0 = x[a0 + p] ?? 0,
          x1 = x[a1 + p] ?? 0,
          x2 = x[a2 + p] ?? 0,
          x3 = x[a3 + p] ?? 0;
        const y0 = y[b0 + p] ?? 0,
          y1 = y[b1 + p] ?? 0,
          y2 = y[b2 + p] ?? 0,
          y3 = y[b3 + p] ?? 0;
        s00 += x0 * y0;
        s01 += x0 * y1;
        s02 += x0 * y2;
        s03 += x0 * y3;
        s10 += x1 * y0;
        s11 += x1 * y1;
        s12 += x1 * y2;
        s13 += x1 * y3;
        s20 += x2 * y0;
        s21 += x2 * y1;
        s22 += x2 * y2;
        s23 += x2 * y3;
        s30 += x3 * y0;
        s31 += x3 * y1;
        s32 += x3 * y2;
        s33 += x3 * y3;
      }
      const c0 = i * c.columns + j,
        c1 = c0 + c.columns,
        c2 = c1 + c.columns,
        c3 = c2 + c.columns;
      z[c0] = s00;
      z[c0 + 1] = s01;
      z[c0 + 2] = s02;
      z[c0 + 3] = s03;
      z[c1] = s10;
      z[c1 + 1] = s11;
      z[c1 + 2] = s12;
      z[c1 + 3] = s13;
      z[c2] = s20;
      z[c2 + 1] = s21;
      z[c2 + 2] = s22;
      z[c2 + 3] = s23;
      z[c3] = s30;
      z[c3 + 1] = s31;
      z[c3 + 2] = s32;
      z[c3 + 3] = s33;
    }
  }
}

function transpose(a: Matrix): Matrix {
  const t = matrix(a.columns, a.rows);
  for (let i = 0; i < a.rows; i += 1) for (let j = 0; j < a.columns; j += 1) t.data[j * a.rows + i] = a.data[i * a.columns + j] ?? 0;
  return t;
}

function rectify(a: Matrix): void {
  for (let i = 0; i < a.data.length; i += 1) if ((a.data[i] ?? 0) < 0) a.data[i] = 0;
}

/** dy <- 0 where the activation is 0. */
function mask(dy: Matrix, activation: Matrix): void {
  for (let i = 0; i < dy.data.length; i += 1) if (activation.data[i] === 0) dy.data[i] = 0;
}

/** Logits <- (soft-max - one-hot) / rows; returns the mean loss. */
function crossEntropy(logits: Matrix, labels: Int32Array): number {
  let loss = 0;
  for (let i = 0; i < logits.rows; i += 1) {
    const row = logits.data.subarray(i * logits.columns, (i + 1) * logits.columns);
    let top = -Infinity;
    for (const value of row) top = Math.max(top, value);
    let sum = 0;
    for (const value of row) sum += Math.exp(value - top);
    const label = labels[i] ?? 0;
    loss += Math.log(sum) + top - (row[label] ?? 0);
    for (let j = 0; j < row.length; j += 1) row[j] = (Math.exp((row[j] ?? 0) - top) / sum - (j === label ? 1 : 0)) / logits.rows;
  }
  return loss / logits.rows;
}

/** A layer's weights with Adam's moments. */
class Layer {
  readonly weights: Matrix;
  readonly gradient: Matrix;
  private readonly first: Float32Array;
  private readonly second: Float32Array;

  constructor(fanOut: number, fanIn: number, weights: Float32Array) {
    this.weights = { rows: fanOut, columns: fanIn, data: Float32Array.from(weights) };
    this.gradient = matrix(fanOut, fanIn);
    this.first = new Float32Array(fanOut * fanIn);
    this.second = new Float32Array(fanOut * fanIn);
  }

  update(step: number, rate: number): void {
    const correction1 = 1 - 0.9 ** (step + 1);
    const correction2 = Math.sqrt(1 - 0.95 ** (step + 1));
    const w = this.weights.data;
    const g = this.gradient.data;
    const { first: m, second: v } = this;
    for (let i = 0; i < w.length; i += 1) {
      const gradient = g[i] ?? 0;
      const mean = 0.9 * (m[i] ?? 0) + 0.1 * gradient;
      const square = 0.95 * (v[i] ?? 0) + 0.05 * gradient * gradient;
      m[i] = mean;
      v[i] = square;
      w[i] = (w[i] ?? 0) - ((rate / correction1) * mean) / (Math.sqrt(square) / correction2 + 1e-8);
    }
  }
}

/** Builds the network from the given weights; the returned function trains one step and returns the loss. */
export function plainMultilayerPerceptron(width: number, batch: number, initial: readonly Float32Array[]) {
  const [first, second, third] = initial;
  if (first === undefined || second === undefined || third === undefined) throw new Error("three matrices are needed");
  const layers = [new Layer(width, 64, first), new Layer(width, width, second), new Layer(16, width, third)] as const;
  const activations = [matrix(batch, width), matrix(batch, width), matrix(batch, 16)] as const;
  const gradients = [matrix(batch, width), matrix(batch, width)] as const;
  return (step: number, inputs: Float32Array, labels: Int32Array, rate: number): number => {
    const x: Matrix = { rows: batch, columns: 64, data: inputs };
    multiplyTransposed(x, layers[0].weights, activations[0]);
    rectify(activations[0]);
    multiplyTransposed(activations[0], layers[1].weights, activations[1]);
    rectify(activations[1]);
    multiplyTransposed(activations[1], layers[2].weights, activations[2]);
    const loss = crossEntropy(activations[2], labels);
    multiplyTransposed(transpose(activations[2]), transpose(activations[1]), layers[2].gradient);
    multiplyTransposed(activations[2], transpose(layers[2].weights), gradients[1]);
    mask(gradients[1], activations[1]);
    multiplyTransposed(transpose(gradients[1]), transpose(activations[0]), layers[1].gradient);
    multiplyTransposed(gradients[1], transpose(layers[1].weights), gradients[0]);
    mask(gradients[0], activations[0]);
    multiplyTransposed(transpose(gradients[0]), transpose(x), layers[0].gradient);
    for (const layer of layers) layer.update(step, rate);
    return loss;
  };
}
