/**
 * The published schemas of Kubernetes (its OpenAPI document, as the package kubernetes-models has it), by which the server checks objects.
 * They allow unknown fields, which the server refuses: so fields that the check did not ask for are problems, too.
 */
import { Deployment } from 'kubernetes-models/apps/v1/Deployment';
import { HorizontalPodAutoscaler } from 'kubernetes-models/autoscaling/v2/HorizontalPodAutoscaler';
import { Ingress } from 'kubernetes-models/networking.k8s.io/v1/Ingress';
import { NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicy';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1/PodDisruptionBudget';
import { ConfigMap } from 'kubernetes-models/v1/ConfigMap';
import { Secret } from 'kubernetes-models/v1/Secret';
import { Service } from 'kubernetes-models/v1/Service';

export interface KubernetesObject {
  apiVersion: string;
  kind: string;
}

const MODELS = [
  Deployment,
  HorizontalPodAutoscaler,
  Ingress,
  NetworkPolicy,
  PodDisruptionBudget,
  ConfigMap,
  Secret,
  Service,
];

export function problemsOfObject(object: KubernetesObject): string[] {
  const model = MODELS.find(({ apiVersion, kind }) => apiVersion === object.apiVersion && kind === object.kind);
  if (!model) return [`no schema here for ${object.apiVersion} ${object.kind}`];
  const { watched, unread } = watch(object, object.kind);
  try {
    model.prototype.validate.call(watched as never);
  } catch (error) {
    return [String(error)];
  }
  return unread().map((path) => `${path} is unknown`);
}

/** Tells which fields nobody has read. */
function watch(object: object, path: string): { watched: object; unread(): string[] } {
  const read = new Set<PropertyKey>();
  const children = new Map<PropertyKey, ReturnType<typeof watch>>();
  const watched = new Proxy(object, {
    get(target, key) {
      read.add(key);
      const value = Reflect.get(target, key);
      if (typeof value !== 'object' || value === null) return value;
      const child = children.get(key) ?? watch(value, `${path}.${String(key)}`);
      children.set(key, child);
      return child.watched;
    },
    // A map: all of its keys are allowed.
    ownKeys(target) {
      const keys = Reflect.ownKeys(target);
      for (const key of keys) read.add(key);
      return keys;
    },
  });
  const unread = () => [
    ...Object.keys(object)
      .filter((key) => !read.has(key))
      .map((key) => `${path}.${key}`),
    ...[...children.values()].flatMap((child) => child.unread()),
  ];
  return { watched, unread };
}
