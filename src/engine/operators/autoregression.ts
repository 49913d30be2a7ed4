/** A straight line over the indices 0, 1, 2, …. */
export interface Line {
  readonly intercept: number;
  readonly slope: number;
}

/** The least-squares line through the values at indices 0, 1, 2, …; level for fewer than two. */
export function fitLine(values: ArrayLike<number>): Line {
  const { length } = values;
  if (length === 0) return { intercept: 0, slope: 0 };
  const middle = (length - 1) / 2;
  let sum = 0;
  for (let at = 0; at < length; at++) sum += values[at]!;
  const mean = sum / length;
  let products = 0;
  let squares = 0;
  for (let at = 0; at < length; at++) {
    products += (at - middle) * (values[at]! - mean);
    squares += (at - middle) ** 2;
  }
  const slope = squares === 0 ? 0 : products / squares;
  return { intercept: mean - slope * middle, slope };
}

/** The value of a line at an index. */
export function lineAt(line: Line, index: number): number {
  return line.intercept + line.slope * index;
}

/** An autoregressive model: a value is `intercept` plus the sum of `weights[k]` times the value `k + 1` earlier. */
export interface AutoRegression {
  readonly intercept: number;
  readonly weights: Float64Array;
}

/**
 * AR(`order`) by ordinary least squares with intercept. Centred values keep the normal equations well
 * conditioned; a lag that adds nothing new (a constant series, too few values) gets the weight 0.
 */
export function fitAutoRegression(values: Float64Array, order: number): AutoRegression {
  const { length } = values;
  const mean = length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / length;
  const centred = values.map((value) => value - mean);
  const unknowns = order + 1;
  const matrix = normalMatrix(centred, order);
  const solved = solveSymmetric(matrix, rightSide(centred, order), unknowns);
  const weights = solved.slice(0, order);
  let together = 0;
  for (const weight of weights) together += weight;
  return { intercept: solved[order]! + mean * (1 - together), weights };
}

/** The model's value that follows `values[0, end)`. */
export function nextValue(
  { intercept, weights }: AutoRegression,
  values: ArrayLike<number>,
  end: number,
): number {
  let value = intercept;
  for (let lag = 0; lag < weights.length; lag++) value += weights[lag]! * values[end - 1 - lag]!;
  return value;
}

/**
 * Products of the regressors, row by row: lags 1 … order, then the constant 1. The product of lags
 * i + 1 and j + 1 differs from that of i and j only at both ends, so the matrix takes order² steps.
 */
function normalMatrix(values: Float64Array, order: number): Float64Array {
  const { length } = values;
  const size = order + 1;
  const matrix = new Float64Array(size * size);
  for (let lag = 0; lag < order; lag++) {
    let product = 0;
    for (let at = order; at < length; at++) product += values[at - 1]! * values[at - 1 - lag]!;
    matrix[lag] = product;
    for (let step = 1; lag + step < order; step++) {
      const first = order - 1 - step;
      product += values[first]! * values[first - lag]!;
      const last = length - 1 - step;
      product -= values[last]! * values[last - lag]!;
      matrix[step * size + lag + step] = product;
    }
  }
  for (let lag = 0; lag < order; lag++) {
    let sum = 0;
    for (let at = order; at < length; at++) sum += values[at - 1 - lag]!;
    matrix[lag * size + order] = sum;
  }
  matrix[order * size + order] = length - order;
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < row; column++) matrix[row * size + column] = matrix[column * size + row]!;
  }
  return matrix;
}

function rightSide(values: Float64Array, order: number): Float64Array {
  const right = new Float64Array(order + 1);
  for (let at = order; at < values.length; at++) {
    for (let lag = 0; lag < order; lag++) right[lag]! += values[at - 1 - lag]! * values[at]!;
    right[order]! += values[at]!;
  }
  return right;
}

const SMALLEST_PIVOT = 1e-10;

/** Solves a symmetric, positive semidefinite system by Cholesky; unknowns without a usable pivot are 0. */
function solveSymmetric(matrix: Float64Array, right: Float64Array, size: number): Float64Array {
  const factor = new Float64Array(size * size);
  const usable = new Uint8Array(size);
  for (let row = 0; row < size; row++) {
    for (let column = 0; column <= row; column++) {
      let sum = matrix[row * size + column]!;
      for (let k = 0; k < column; k++) sum -= factor[row * size + k]! * factor[column * size + k]!;
      if (row !== column)
        factor[row * size + column] = usable[column] === 1 ? sum / factor[column * size + column]! : 0;
      else if (sum > SMALLEST_PIVOT * matrix[row * size + row]!) {
        factor[row * size + row] = Math.sqrt(sum);
        usable[row] = 1;
      }
    }
  }
  const solved = new Float64Array(size);
  for (let row = 0; row < size; row++) {
    if (usable[row] === 0) continue;
    let sum = right[row]!;
    for (let k = 0; k < row; k++) sum -= factor[row * size + k]! * solved[k]!;
    solved[row] = sum / factor[row * size + row]!;
  }
  for (let row = size - 1; row >= 0; row--) {
    if (usable[row] === 0) continue;
    let sum = solved[row]!;
    for (let k = row + 1; k < size; k++) sum -= factor[k * size + row]! * solved[k]!;
    solved[row] = sum / factor[row * size + row]!;
  }
  return solved;
}
