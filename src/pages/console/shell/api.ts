/**
 * The cloud's functions, with their types.
 */
export { api } from '../../../../convex/_generated/api.js';
