/** Values in queries and patches, where a field may also be absent. */
import { type JSONValue, jsonToConvex, type Value } from 'convex/values';

/** `{"$undefined": null}` is how the client library writes what is absent. */
export function literalValue(json: JSONValue): Value | undefined {
  return typeof json === 'object' && json !== null && '$undefined' in json ? undefined : jsonToConvex(json);
}
