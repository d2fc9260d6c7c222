/**
 * Module hooks: whoever imports src/core/actor/scope.ts gets test/isolation/faulty-scope.ts, which wraps it.
 */
const wrapper = new URL('./faulty-scope.ts', import.meta.url).href;
const wrapped = new URL('../../src/core/actor/scope.ts', import.meta.url).href;

export async function resolve(specifier, context, next) {
  const resolved = await next(specifier, context);
  const isOurs = resolved.url.split('?')[0] === wrapped && context.parentURL?.split('?')[0] !== wrapper;
  return isOurs ? { ...resolved, url: wrapper } : resolved;
}
