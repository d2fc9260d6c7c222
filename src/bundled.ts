/**
 * Files that come with Earshot. As with the version, one folder up from src/ and from dist/ alike.
 */
import { fileURLToPath } from 'node:url';

/** 3 s of real speech, "he was not an ill disposed young man" (assets/README.md). */
export const BUNDLED_RECORDING = fileURLToPath(new URL('../assets/sense-and-sensibility-0880.wav', import.meta.url));

/** What the device says when there is no cloud to answer. */
export const BUNDLED_REPLY = fileURLToPath(new URL('../assets/offline.reply', import.meta.url));
