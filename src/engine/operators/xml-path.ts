import type { XmlElement } from './xml-tree.ts';

/** A condition on the elements of one step. */
type Condition =
  | { readonly kind: 'place'; readonly place: number }
  | { readonly kind: 'last' }
  | { readonly kind: 'attribute'; readonly name: string; readonly value: string };

interface PathStep {
  readonly name: string;
  readonly conditions: readonly Condition[];
}

/** A path from the root to an element, its text, or one of its attributes. */
export interface XmlPath {
  readonly steps: readonly PathStep[];
  readonly target:
    | { readonly kind: 'element' | 'text' }
    | { readonly kind: 'attribute'; readonly name: string };
  /** The last name in the path, which names the field when nothing else does. */
  readonly lastName: string;
}

/** Reads a path such as `/a/b[2]/c[@id='7']/@name`, or says what is wrong and at which character. */
export function readXmlPath(text: string): XmlPath | { readonly error: string; readonly at: number } {
  const steps: PathStep[] = [];
  let at = 0;
  while (at < text.length) {
    if (text[at] !== '/') return { error: `expected \`/\`, found \`${text[at]}\``, at };
    if (text[at + 1] === '/')
      return { error: '`//` is not supported; write the whole path from the root', at };
    at++;
    const rest = text.slice(at);
    const attribute = /^@([\w:.-]+)$/.exec(rest);
    if (attribute !== null && steps.length > 0) {
      const name = attribute[1] ?? '';
      return { steps, target: { kind: 'attribute', name }, lastName: name };
    }
    if (rest === 'text()' && steps.length > 0) {
      return { steps, target: { kind: 'text' }, lastName: steps.at(-1)?.name ?? '' };
    }
    const step = readStep(rest, at);
    if ('error' in step) return step;
    steps.push(step.step);
    at += step.size;
  }
  if (steps.length === 0)
    return { error: 'the path is empty; it starts with `/` and the name of the root', at: 0 };
  return { steps, target: { kind: 'element' }, lastName: steps.at(-1)?.name ?? '' };
}

function readStep(
  text: string,
  at: number,
): { readonly step: PathStep; readonly size: number } | { readonly error: string; readonly at: number } {
  if (text.startsWith('..'))
    return { error: '`..` is not supported; write the whole path from the root', at };
  const name = /^[A-Za-z_\u0080-\uffff][\w.\-\u0080-\uffff]*(?::(?!:)[\w.-]+)?/.exec(text)?.[0];
  if (name === undefined) return { error: 'expected the name of an element', at };
  if (text.startsWith('::', name.length)) return { error: `the axis \`${name}::\` is not supported`, at };
  const conditions: Condition[] = [];
  let size = name.length;
  for (;;) {
    const found = /^\[\s*(?:(\d+)|(last\(\))|@([\w:.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([\w.-]+)))\s*\]/.exec(
      text.slice(size),
    );
    if (found === null) break;
    const [whole, place, last, attribute = '', double, single, bare] = found;
    size += whole.length;
    if (place !== undefined) conditions.push({ kind: 'place', place: Number(place) });
    else if (last !== undefined) conditions.push({ kind: 'last' });
    else conditions.push({ kind: 'attribute', name: attribute, value: double ?? single ?? bare ?? '' });
  }
  if (text[size] === '[') {
    return { error: 'expected `[number]`, `[last()]` or `[@attribute=value]`', at: at + size };
  }
  return { step: { name, conditions }, size };
}

/** What the path leads to first, in document order; null when there is nothing. Elements come with their tags. */
export function findXml(path: XmlPath, root: XmlElement, source: string): string | null {
  const [first, ...steps] = path.steps;
  let elements: readonly XmlElement[] = first === undefined ? [] : matching([root], first);
  for (const step of steps) {
    elements = elements.flatMap((element) => matching(element.children.filter(isElement), step));
  }
  for (const element of elements) {
    const value = targetOf(path, element, source);
    if (value !== null) return value;
  }
  return null;
}

function isElement(child: XmlElement | string): child is XmlElement {
  return typeof child !== 'string';
}

/** Prefixed names need a namespace, which paths cannot declare, so they match nothing. */
function matching(siblings: readonly XmlElement[], step: PathStep): readonly XmlElement[] {
  if (step.name.includes(':')) return [];
  let elements = siblings.filter(({ name }) => name === step.name);
  for (const condition of step.conditions) {
    const { length } = elements;
    elements = elements.filter((element, at) => holds(condition, element, at, length));
  }
  return elements;
}

function holds(condition: Condition, element: XmlElement, at: number, length: number): boolean {
  switch (condition.kind) {
    case 'place':
      return at === condition.place - 1;
    case 'last':
      return at === length - 1;
    case 'attribute':
      return element.attributes.get(condition.name) === condition.value;
  }
}

function targetOf({ target }: XmlPath, element: XmlElement, source: string): string | null {
  switch (target.kind) {
    case 'element':
      return source.slice(element.start, element.end);
    case 'text':
      return element.children.find((child) => typeof child === 'string') ?? null;
    case 'attribute':
      return element.attributes.get(target.name) ?? null;
  }
}
