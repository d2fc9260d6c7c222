/**
 * All devices, live.
 */
import { useQuery } from 'convex/react';
import { api } from '../shell/api.ts';

export function DevicesView() {
  const devices = useQuery(api.devices.list, {});
  return (
    <>
      <h1>Devices</h1>
      <ul>
        {devices?.map(({ name }) => (
          <li key={name}>{name}</li>
        ))}
      </ul>
    </>
  );
}
