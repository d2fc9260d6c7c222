export * from '../functions/runs.ts';
