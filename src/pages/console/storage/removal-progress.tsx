/**
 * How far the deletion of a device is. It goes on in the cloud, also when this page is closed.
 */

import { useQuery } from 'convex/react';
import { countText } from '../../design/formats.ts';
import * as icons from '../../design/icons.ts';
import { Banner } from '../../design/states.tsx';
import { api } from '../shell/api.ts';

export function RemovalProgress({ device }: { device: string }) {
  const removal = useQuery(api.devices.removal, { device });
  if (!removal) return null;
  const { turns, deletedTurns, deletedRows, finishedAt } = removal;
  if (finishedAt !== undefined) {
    return (
      <Banner tone="accent">
        {device} is deleted, with {countText(deletedRows, 'row')} that were stored of it.
      </Banner>
    );
  }
  return (
    <Banner tone="info" icon={icons.removeIcon}>
      <p>
        {device} is being deleted: {deletedTurns.toLocaleString('en')} of {countText(turns, 'turn')}.
      </p>
      <progress aria-label={`Deletion of ${device}`} max={Math.max(1, turns)} value={Math.min(deletedTurns, turns)} />
    </Banner>
  );
}
