/**
 * Where the gateway of a state folder is for browsers: the gateway writes it there for `earshot console`.
 */
import * as v from 'valibot';
import { gatewayAddressFile } from '../core/files/paths.ts';
import { publish, readPublished, unpublish } from './published.ts';

const address = v.object({ webUrl: v.string() });

/** @returns takes it back. @throws EarshotError `store_failed`, `store_full` */
export function publishGateway(state: string, webUrl: string): () => void {
  publish(gatewayAddressFile(state), { webUrl });
  return () => unpublish(gatewayAddressFile(state));
}

/** Undefined when no gateway runs with this folder. @throws EarshotError `store_failed` */
export function runningGateway(state: string): string | undefined {
  return readPublished(gatewayAddressFile(state), address)?.webUrl;
}
