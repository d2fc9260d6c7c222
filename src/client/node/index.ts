/** Earshot's client library in Node: `earshot/client/node`. docs/library.md has examples. */
export * from '../index.ts';
export type { SpokenAnswer } from './ask.ts';
export { fileToken } from './file-token.ts';
/** With more than that of `earshot/client`. */
export { createNodeClient, type NodeClient } from './node-client.ts';
export { readWav, writeWav } from './wav.ts';
