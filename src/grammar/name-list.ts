/** Names as messages list them: `` `a`, `b` ``. */
export function nameList(names: readonly string[]): string {
  return names.map((name) => `\`${name}\``).join(', ');
}
