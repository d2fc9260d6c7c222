export { default } from '../functions/schema.ts';
