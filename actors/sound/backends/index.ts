/** All audio backends. A new one is a file in this folder and a line here. */
import type { AudioBackend } from '../backend.ts';
import { card } from './card.ts';
import { nullBackend } from './null.ts';
import { silence } from './silence.ts';
import { wav } from './wav.ts';

/** In the order of `--help`. The first is the default. */
export const BACKENDS: readonly AudioBackend[] = [card, wav, silence, nullBackend];
/** The backend for an address that is a path. */
export const FILE_BACKEND = wav;
