export * from '../functions/jobs.ts';
