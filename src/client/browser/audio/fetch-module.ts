/** Fetches a WebAssembly module of the page. */
import { EarshotError } from '../../../core/errors.ts';

/** @throws EarshotError (by rejection) `audio_unsupported` */
export async function fetchModule(address: string): Promise<ArrayBuffer> {
  try {
    const response = await fetch(address);
    if (response.ok) return await response.arrayBuffer();
    throw new Error(`status ${response.status}`);
  } catch (cause) {
    throw new EarshotError('audio_unsupported', 'A file of the page cannot be loaded', 'Reload the page.', { cause });
  }
}
