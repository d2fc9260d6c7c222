/**
 * How clients name functions: `turns.js:list`, `turns:list`, `folder/turns:list`, and `turns` (its default).
 */
export function functionPath(path: string, componentPath?: string | null): string {
  const plain = path.replace(/\.js(?=:|$)/, '');
  const name = plain.includes(':') ? plain : `${plain}:default`;
  // There are no components here. The name says so to whoever calls one.
  return componentPath ? `${componentPath}/${name}` : name;
}
