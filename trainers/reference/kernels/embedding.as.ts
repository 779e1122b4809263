/**
 * x[row] = tokenFactor * tokenTable[tokens[row]] + positionFactor * positionTable[row mod length], for rows of `width` floats.
 */
export function embed(
  tokens: usize, tokenTable: usize, positionTable: usize, x: usize,
  rows: i32, length: i32, width: i32, tokenFactor: f32, positionFactor: f32,
): void {
  const whole = width & ~3;
  const tokenFactors = f32x4.splat(tokenFactor);
  const positionFactors = f32x4.splat(positionFactor);
  for (let row = 0; row < rows; row++) {
    const token = tokenTable + <usize>(i32.load(tokens + <usize>row * 4) * width) * 4;
    const position = positionTable + <usize>((row % length) * width) * 4;
    const to = x + <usize>(row * width) * 4;
    for (let i = 0; i < whole; i += 4) {
      const step = <usize>i * 4;
      v128.store(to + step, f32x4.add(f32x4.mul(v128.load(token + step), tokenFactors), f32x4.mul(v128.load(position + step), positionFactors)));
    }
    for (let i = whole; i < width; i++) {
      const step = <usize>i * 4;
      f32.store(to + step, f32.load(token + step) * tokenFactor + f32.load(position + step) * positionFactor);
    }
  }
}

/** Adds factor * gradient[row] to the table's row `tokens[row]`, in the order of rows. */
export function scatterAdd(tokens: usize, gradient: usize, table: usize, rows: i32, width: i32, factor: f32): void {
  for (let row = 0; row < rows; row++) {
    addScaledRow(table + <usize>(i32.load(tokens + <usize>row * 4) * width) * 4, gradient + <usize>(row * width) * 4, width, factor);
  }
}

/** Adds factor * gradient[row] to the position table's row `row mod length`, in the order of rows. */
export function scatterAddPositions(gradient: usize, table: usize, rows: i32, length: i32, width: i32, factor: f32): void {
  for (let row = 0; row < rows; row++) {
    addScaledRow(table + <usize>((row % length) * width) * 4, gradient + <usize>(row * width) * 4, width, factor);
  }
}

function addScaledRow(to: usize, from: usize, width: i32, factor: f32): void {
  const whole = width & ~3;
  const factors = f32x4.splat(factor);
  for (let i = 0; i < whole; i += 4) {
    const step = <usize>i * 4;
    v128.store(to + step, f32x4.add(v128.load(to + step), f32x4.mul(v128.load(from + step), factors)));
  }
  for (let i = whole; i < width; i++) {
    const step = <usize>i * 4;
    f32.store(to + step, f32.load(to + step) + f32.load(from + step) * factor);
  }
}
