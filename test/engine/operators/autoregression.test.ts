import { describe, expect, test } from 'vitest';
import {
  fitAutoRegression,
  fitLine,
  lineAt,
  nextValue,
} from '../../../src/engine/operators/autoregression.ts';

describe('the least-squares line', () => {
  test('through four values', () => {
    const line = fitLine([3, 5, 10, 10]);
    expect(line.slope).toBeCloseTo(2.6, 12);
    expect(lineAt(line, 6)).toBeCloseTo(18.7, 12);
  });

  test('of one value is level, of none zero', () => {
    expect(fitLine([7])).toEqual({ intercept: 7, slope: 0 });
    expect(fitLine([])).toEqual({ intercept: 0, slope: 0 });
  });
});

describe('the autoregressive model', () => {
  test('finds the weights that made a series', () => {
    const values = new Float64Array(300);
    values.set([3, -1]);
    let noise = 1;
    for (let at = 2; at < values.length; at++) {
      noise = (noise * 16807) % 2147483647;
      values[at] = 5 + 0.6 * values[at - 1]! - 0.3 * values[at - 2]! + noise / 2147483647;
    }
    const model = fitAutoRegression(values, 2);
    expect(model.weights[0]).toBeCloseTo(0.6, 1);
    expect(model.weights[1]).toBeCloseTo(-0.3, 1);
  });

  test('equals ordinary least squares solved directly', () => {
    const values = Float64Array.from([4, 8, 1, 9, 3, 7, 7, 2, 6, 5]);
    const model = fitAutoRegression(values, 1);
    const earlier = values.subarray(0, 9);
    const later = values.subarray(1);
    const mean = (numbers: Float64Array) => numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
    const [m1, m2] = [mean(earlier), mean(later)];
    let products = 0;
    let squares = 0;
    earlier.forEach((value, at) => {
      products += (value - m1) * (later[at]! - m2);
      squares += (value - m1) ** 2;
    });
    expect(model.weights[0]).toBeCloseTo(products / squares, 10);
    expect(model.intercept).toBeCloseTo(m2 - (products / squares) * m1, 10);
  });

  test('of a constant series stays constant', () => {
    const values = new Float64Array(50).fill(5);
    expect(nextValue(fitAutoRegression(values, 10), values, 50)).toBeCloseTo(5, 10);
  });

  test('without lags is the mean', () => {
    const values = Float64Array.from([1, 2, 6]);
    expect(nextValue(fitAutoRegression(values, 0), values, 3)).toBeCloseTo(3, 12);
  });
});
