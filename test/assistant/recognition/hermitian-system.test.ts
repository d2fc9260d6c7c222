/** Random systems are solved: the solution, put in, gives the other side. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ComplexArray, solveHermitian } from '../../../actors/assistant/recognition/hermitian-system.ts';
import { createRandom } from '../../../src/tools/simulation/random.ts';
import fc from '../../support/fast-check.ts';

function copy({ real, imaginary }: ComplexArray): ComplexArray {
  return { real: real.slice(), imaginary: imaginary.slice() };
}

function randomNumbers(random: () => number, length: number): ComplexArray {
  const some = () => Float64Array.from({ length }, () => random() - 0.5);
  return { real: some(), imaginary: some() };
}

/** A product of a matrix with its own conjugate, and a diagonal. */
function positiveMatrix(random: () => number, size: number): ComplexArray {
  const factor = randomNumbers(random, size * size);
  const matrix = { real: new Float64Array(size * size), imaginary: new Float64Array(size * size) };
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      const at = row * size + column;
      for (let k = 0; k < size; k++) {
        const [a, b] = [factor.real[row * size + k] ?? 0, factor.imaginary[row * size + k] ?? 0];
        const [c, d] = [factor.real[column * size + k] ?? 0, factor.imaginary[column * size + k] ?? 0];
        matrix.real[at] = (matrix.real[at] ?? 0) + a * c + b * d;
        matrix.imaginary[at] = (matrix.imaginary[at] ?? 0) + b * c - a * d;
      }
      if (row === column) matrix.real[at] = (matrix.real[at] ?? 0) + 0.1;
    }
  }
  return matrix;
}

function product(matrix: ComplexArray, x: ComplexArray, size: number): ComplexArray {
  const result = { real: new Float64Array(size), imaginary: new Float64Array(size) };
  for (let row = 0; row < size; row++) {
    for (let k = 0; k < size; k++) {
      const [a, b] = [matrix.real[row * size + k] ?? 0, matrix.imaginary[row * size + k] ?? 0];
      const [c, d] = [x.real[k] ?? 0, x.imaginary[k] ?? 0];
      result.real[row] = (result.real[row] ?? 0) + a * c - b * d;
      result.imaginary[row] = (result.imaginary[row] ?? 0) + a * d + b * c;
    }
  }
  return result;
}

test('a solution, put in, gives the other side', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 10 }), fc.nat(), (size, seed) => {
      const random = createRandom(seed);
      const matrix = positiveMatrix(random, size);
      const vector = randomNumbers(random, size);
      const solution = solveHermitian(copy(matrix), copy(vector), size);
      const back = product(matrix, solution, size);
      for (let i = 0; i < size; i++) {
        assert.ok(Math.abs((back.real[i] ?? 0) - (vector.real[i] ?? 0)) < 1e-3);
        assert.ok(Math.abs((back.imaginary[i] ?? 0) - (vector.imaginary[i] ?? 0)) < 1e-3);
      }
    }),
  );
});

test('a system of zeros has a solution of zeros', () => {
  const zeros = (length: number) => ({ real: new Float64Array(length), imaginary: new Float64Array(length) });
  const { real, imaginary } = solveHermitian(zeros(9), zeros(3), 3);
  assert.deepEqual([...real, ...imaginary], [0, 0, 0, 0, 0, 0]);
});
