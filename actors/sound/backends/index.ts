/** All audio backends. A new one is a file in this folder and a line here. */
import type { AudioBackend } from '../backend.ts';
import { card } from './card.ts';
import { nullBackend } from './null.ts';
import { silence } from './silence.ts';
import { wav } from './wav.ts';

/** In the order in which `--help` tells of them. The first is opened where no address is given. */
export const BACKENDS: readonly AudioBackend[] = [card, wav, silence, nullBackend];
/** What an address that names no backend is a path for. */
export const FILE_BACKEND = wav;
