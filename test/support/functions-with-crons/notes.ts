export * from '../functions/notes.ts';
