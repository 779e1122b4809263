/** The formula of make_torch_losses.py: MurmurHash3's finalizer. */
function mixed(index: number, salt: number): number {
  let x = (index + Math.imul(salt, 0x9e3779b9)) >>> 0;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
}

/** Uniform numbers with the given standard deviation. */
export function fillUniform(view: Float32Array, salt: number, std: number): void {
  for (let i = 0; i < view.length; i += 1) view[i] = std * 3.4641016151377544 * (mixed(i, salt) / 4294967296 - 0.5);
}

/** Whole numbers below `bound`. */
export function fillIntegers(view: Int32Array, salt: number, bound: number): void {
  for (let i = 0; i < view.length; i += 1) view[i] = mixed(i, salt) % bound;
}
