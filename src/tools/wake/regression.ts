/**
 * Logistic regression with stochastic gradient descent. The inputs are standardised for the training; the result is for the inputs as
 * they are. Seeded. Pure.
 */
import { createRandom, shuffle } from '../simulation/random.ts';

export interface Example {
  input: Float32Array;
  isPositive: boolean;
}

export interface Regression {
  bias: number;
  weights: number[];
}

const EPOCHS = 12;
const FIRST_RATE = 0.002;
/** Keeps the weights small: of 1,536 inputs most say little. */
const DECAY = 2e-4;
/** A rare positive example counts at most so many times. */
const MOST_WEIGHT = 20;
/** Of an input that never varies. */
const SMALLEST_DEVIATION = 1e-3;

/** @param examples at least one of each kind, all of one length */
export function trainRegression(examples: readonly Example[], seed: number): Regression {
  const size = examples[0]?.input.length ?? 0;
  const { mean, deviation } = momentsOf(examples, size);
  const inputs = examples.map(({ input }) => input.map((value, i) => (value - (mean[i] ?? 0)) / (deviation[i] ?? 1)));
  const positives = examples.filter(({ isPositive }) => isPositive).length;
  const positiveWeight = Math.min(MOST_WEIGHT, (examples.length - positives) / positives);
  const random = createRandom(seed);
  const order = examples.map((_, index) => index);
  const weights = new Float64Array(size);
  let bias = 0;
  for (let epoch = 0; epoch < EPOCHS; epoch += 1) {
    shuffle(order, random);
    const rate = FIRST_RATE / (1 + epoch / 2);
    for (const index of order) {
      const input = inputs[index] ?? new Float32Array(size);
      let sum = bias;
      for (let i = 0; i < size; i += 1) sum += (weights[i] ?? 0) * (input[i] ?? 0);
      const isPositive = examples[index]?.isPositive === true;
      const error = (1 / (1 + Math.exp(-sum)) - Number(isPositive)) * (isPositive ? positiveWeight : 1);
      bias -= rate * error;
      for (let i = 0; i < size; i += 1) {
        const weight = weights[i] ?? 0;
        weights[i] = weight - rate * (error * (input[i] ?? 0) + DECAY * weight);
      }
    }
  }
  const unscaled = Array.from(weights, (weight, i) => weight / (deviation[i] ?? 1));
  return { bias: bias - unscaled.reduce((sum, weight, i) => sum + weight * (mean[i] ?? 0), 0), weights: unscaled };
}

function momentsOf(examples: readonly Example[], size: number) {
  const mean = new Float64Array(size);
  const deviation = new Float64Array(size);
  for (const { input } of examples) for (let i = 0; i < size; i += 1) mean[i] = (mean[i] ?? 0) + (input[i] ?? 0);
  for (let i = 0; i < size; i += 1) mean[i] = (mean[i] ?? 0) / examples.length;
  for (const { input } of examples) {
    for (let i = 0; i < size; i += 1) deviation[i] = (deviation[i] ?? 0) + ((input[i] ?? 0) - (mean[i] ?? 0)) ** 2;
  }
  for (let i = 0; i < size; i += 1) {
    deviation[i] = Math.max(SMALLEST_DEVIATION, Math.sqrt((deviation[i] ?? 0) / examples.length));
  }
  return { mean, deviation };
}
