/**
 * Files that come with Earshot.
 */
import { join } from 'node:path';
import { PACKAGE_FOLDER } from './package-folder.ts';

/** 3 s of real speech, "he was not an ill disposed young man" (assets/README.md). */
export const BUNDLED_RECORDING = join(PACKAGE_FOLDER, 'assets/sense-and-sensibility-0880.wav');

/** “What time is it?”, spoken by a voice of festival (assets/README.md). */
export const BUNDLED_QUESTION = join(PACKAGE_FOLDER, 'assets/what-time-is-it.wav');

/** How a reminder rings: a tone of 2 s, made by deploy/ring-tone.ts. */
export const BUNDLED_TONE = join(PACKAGE_FOLDER, 'assets/ring.reply');

/** The default cached reply: played when there is no cloud. */
export const BUNDLED_REPLY = join(PACKAGE_FOLDER, 'assets/offline.reply');

/** What the assistant says when it has no answer, made by deploy/apologies.ts. */
export const BUNDLED_APOLOGIES = join(PACKAGE_FOLDER, 'assets/apologies');

/** The spoken questions of `earshot eval` (docs/evaluation.md). */
export const BUNDLED_SUITE = join(PACKAGE_FOLDER, 'assets/eval/suite.json');

/** Recordings with their texts beside them. */
export const BUNDLED_RECORDINGS = join(PACKAGE_FOLDER, 'assets');

/** Recorded delays of networks, and what they are (README.md). */
export const BUNDLED_NETWORKS = join(PACKAGE_FOLDER, 'assets/networks');
