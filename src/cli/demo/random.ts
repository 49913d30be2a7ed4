/** Random numbers that are the same for the same seed on every machine (sfc32, after Chris Doty-Humphrey). */
export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
  /** A whole number in [low, high]. */
  between(low: number, high: number): number;
  /** One of the items; there must be one. */
  pick<T>(items: readonly T[]): T;
  /** One of the items, each as likely as its weight. */
  weighted<T>(items: readonly Weighted<T>[]): T;
  /** A whole number around `mean` that spreads like the sizes of flows: many small, few large. */
  skewed(mean: number): number;
  /** How often an event with this mean rate happens in one interval (Knuth below 30, normal above). */
  poisson(mean: number): number;
}

export interface Weighted<T> {
  readonly weight: number;
  readonly item: T;
}

/** A generator of random numbers; equal seeds give equal sequences. */
export function seededRandom(seed: number): Random {
  let a = 0x9e3779b9 ^ seed;
  let b = 0x243f6a88;
  let c = 0xb7e15162;
  let counter = 1;
  const next = () => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    return (sum >>> 0) / 4294967296;
  };
  for (let warm = 0; warm < 16; warm++) next();
  const gaussian = () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  return {
    next,
    between: (low, high) => low + Math.floor(next() * (high - low + 1)),
    pick: (items) => items[Math.floor(next() * items.length)]!,
    weighted(items) {
      let left = next() * items.reduce((sum, { weight }) => sum + weight, 0);
      for (const { weight, item } of items) {
        left -= weight;
        if (left < 0) return item;
      }
      return items.at(-1)!.item;
    },
    skewed: (mean) => Math.max(1, Math.round(mean * Math.exp(gaussian() * 0.9 - 0.4))),
    poisson(mean) {
      if (mean > 30) return Math.max(0, Math.round(mean + Math.sqrt(mean) * gaussian()));
      const limit = Math.exp(-mean);
      let count = 0;
      for (let product = next(); product > limit; product *= next()) count++;
      return count;
    },
  };
}
