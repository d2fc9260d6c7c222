/** Small systems of linear equations with complex numbers. Pure. */

export interface ComplexArray {
  real: Float64Array;
  imaginary: Float64Array;
}

/** So much of the diagonal is added to it: a system without a single solution gets a small one. */
const DIAGONAL_SHARE = 1e-6;
const LEAST_DIAGONAL = 1e-12;

/**
 * Solves `matrix` · x = `vector` by elimination, without pivots: the matrix is positive semidefinite. Both are overwritten.
 *
 * @param matrix Hermitian, by rows; only the lower triangle is read
 * @returns x, in the memory of `vector`
 */
export function solveHermitian(matrix: ComplexArray, vector: ComplexArray, size: number): ComplexArray {
  complete(matrix, size);
  for (let column = 0; column < size; column++) {
    for (let row = column + 1; row < size; row++) eliminate(matrix, vector, size, row, column);
  }
  for (let row = size - 1; row >= 0; row--) substitute(matrix, vector, size, row);
  return vector;
}

function complete({ real, imaginary }: ComplexArray, size: number): void {
  for (let row = 0; row < size; row++) {
    const diagonal = row * size + row;
    real[diagonal] = (real[diagonal] as number) * (1 + DIAGONAL_SHARE) + LEAST_DIAGONAL;
    imaginary[diagonal] = 0;
    for (let column = 0; column < row; column++) {
      real[column * size + row] = real[row * size + column] as number;
      imaginary[column * size + row] = -(imaginary[row * size + column] as number);
    }
  }
}

/** Takes the row of the diagonal away from another one, so often that its number in this column is 0. */
function eliminate(matrix: ComplexArray, vector: ComplexArray, size: number, row: number, column: number): void {
  const [a, b] = quotient(matrix, row * size + column, matrix, column * size + column);
  for (let k = column; k < size; k++) subtract(matrix, row * size + k, a, b, matrix, column * size + k);
  subtract(vector, row, a, b, vector, column);
}

function substitute(matrix: ComplexArray, vector: ComplexArray, size: number, row: number): void {
  for (let k = row + 1; k < size; k++) {
    const at = row * size + k;
    subtract(vector, row, matrix.real[at] as number, matrix.imaginary[at] as number, vector, k);
  }
  const [a, b] = quotient(vector, row, matrix, row * size + row);
  vector.real[row] = a;
  vector.imaginary[row] = b;
}

function quotient(of: ComplexArray, at: number, by: ComplexArray, byAt: number): [real: number, imaginary: number] {
  const [x, y] = [of.real[at] as number, of.imaginary[at] as number];
  const [u, v] = [by.real[byAt] as number, by.imaginary[byAt] as number];
  const square = u * u + v * v;
  return [(x * u + y * v) / square, (y * u - x * v) / square];
}

/** Takes (a + b·i) times the other number away. */
function subtract(from: ComplexArray, at: number, a: number, b: number, other: ComplexArray, otherAt: number): void {
  const [x, y] = [other.real[otherAt] as number, other.imaginary[otherAt] as number];
  from.real[at] = (from.real[at] as number) - (a * x - b * y);
  from.imaginary[at] = (from.imaginary[at] as number) - (a * y + b * x);
}
